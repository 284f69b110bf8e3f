// Settings of `fairlead apiserver`.
import { z } from 'zod';
import { type ListenAddress, type LogLevel, listenAddress, programSettings } from './program.ts';

export interface ApiServerSettings {
  readonly listen?: ListenAddress | undefined;
  readonly socket?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsSan: readonly string[];
  readonly clientCa?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly data: string;
  readonly crdDir: readonly string[];
  readonly writeKubeconfig?: string | undefined;
  readonly logLevel: LogLevel;
  readonly metricsAddress?: ListenAddress | undefined;
}

const { logLevel, metricsAddress } = programSettings({ debugSocket: '', metricsAddress: 'none' });
const file = z.string().min(1).optional();

const shape = {
  listen: listenAddress.prefault('127.0.0.1:6443').meta({
    description: "where the API is served over HTTPS; 'none' for nowhere",
    valueName: 'HOST:PORT',
  }),
  socket: file.meta({
    description: 'unix socket (mode 0600) where the API is served too; who may open it may do everything',
    valueName: 'PATH',
  }),
  tlsCert: file.meta({
    description: 'certificate chain of the server (PEM). Absent: made at first start, beside the data',
    valueName: 'FILE',
  }),
  tlsKey: file.meta({ description: 'private key of --tls-cert (PEM)', valueName: 'FILE' }),
  tlsSan: z.array(z.string().min(1)).default([]).meta({
    description: 'further name or address for which the certificate made at first start shall be good',
    valueName: 'NAME',
  }),
  clientCa: file.meta({
    description: 'CA (PEM) of client certificates; a client is its CN, in the groups that its O say',
    valueName: 'FILE',
  }),
  tokenFile: file.meta({
    description:
      'bearer tokens, one in a line: TOKEN or TOKEN,USER,UID,"GROUP,GROUP". Absent: one token, made at first start',
    valueName: 'FILE',
  }),
  data: z.string().min(1).default('/var/lib/fairlead/apiserver.db').meta({
    description: "SQLite file that holds everything; ':memory:' forgets at exit",
    valueName: 'FILE',
  }),
  crdDir: z.array(z.string().min(1)).default([]).meta({
    description: "folder of CustomResourceDefinitions to serve, beside Fairlead's own and the Gateway API's",
    valueName: 'DIR',
  }),
  writeKubeconfig: file.meta({
    description: 'kubeconfig (mode 0600) to write when ready: address, CA and token',
    valueName: 'FILE',
  }),
  logLevel,
  metricsAddress,
};

export const apiServerSettings: z.ZodType<ApiServerSettings> & { readonly shape: typeof shape } = z
  .object(shape)
  .refine(({ tlsCert, tlsKey }) => (tlsCert === undefined) === (tlsKey === undefined), {
    path: ['tlsKey'],
    error: 'tlsCert and tlsKey go together',
  })
  .refine(({ listen, socket }) => listen !== undefined || socket !== undefined, {
    path: ['socket'],
    error: 'with --listen none there must be a --socket',
  });

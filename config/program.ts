// Settings that every program has, as rows to spread into its own schema.
import { hostname } from 'node:os';
import { z } from 'zod';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LISTEN_ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/;

/** `host:port` or `[v6]:port` as a value; `none` as undefined. */
export const listenAddress: z.ZodType<ListenAddress | undefined, string> = z
  .string()
  .transform((text, context): ListenAddress | undefined => {
    if (text === 'none') return undefined;
    const groups = LISTEN_ADDRESS.exec(text)?.groups;
    const host = groups?.['v6'] ?? groups?.['host'];
    const port = Number(groups?.['port']);
    if (host !== undefined && port <= 65535) return { host, port };
    context.addIssue({ code: 'custom', message: "must be HOST:PORT, [V6]:PORT or 'none'" });
    return z.NEVER;
  });

/** --kubeconfig, --log-level, --debug-socket and --metrics-address. */
export interface ProgramRows {
  readonly kubeconfig: z.ZodType<string | undefined>;
  readonly logLevel: z.ZodType<LogLevel>;
  readonly debugSocket: z.ZodType<string>;
  readonly metricsAddress: z.ZodType<ListenAddress | undefined>;
}

/** The rows of every program, with this program's defaults: spread them into its `z.object`. */
export function programSettings(defaults: {
  readonly debugSocket: string;
  readonly metricsAddress: string;
}): ProgramRows {
  return {
    kubeconfig: z.string().optional().meta({
      description:
        'kubeconfig of the API server; its server may be https:// or unix:///path. Absent: the service account of the pod that this runs in',
      valueName: 'FILE',
      env: 'KUBECONFIG',
    }),
    logLevel: z
      .enum(LOG_LEVELS)
      .default('info')
      .meta({ description: 'how much to log, as JSON lines on standard error' }),
    debugSocket: z.string().default(defaults.debugSocket).meta({
      description: "unix socket (mode 0600) where the program shows what it knows, for 'fairlead status'",
      valueName: 'PATH',
    }),
    metricsAddress: listenAddress.prefault(defaults.metricsAddress).meta({
      description: "where GET /metrics is served for Prometheus; 'none' for nowhere",
      valueName: 'HOST:PORT',
    }),
  };
}

/** --node, for the programs that run once on each LB node. */
export const nodeSetting: z.ZodType<string> = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a lower-case DNS name')
  .default(() => hostname().toLowerCase())
  .meta({ description: 'the name of this LB node in the cluster; must be unique', valueName: 'NAME' });

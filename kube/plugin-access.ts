// Credentials by exec plugin or auth provider: the part of @kubernetes/client-node that is worth its weight. It is
// imported only here and only then.
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterAccess } from './access.ts';
import { KubeconfigError } from './kubeconfig.ts';

/** Access as client-node works it out; a plugin's token is asked for again when it has expired. */
export async function pluginAccess(path: string): Promise<ClusterAccess> {
  const { KubeConfig: Loader } = await import('@kubernetes/client-node');
  const config = new Loader();
  config.loadFromFile(path);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new KubeconfigError(path, 'the current context has no cluster');
  const { ca, cert, key, servername } = await askPlugin(config);
  const tls = {
    ca: text(ca),
    cert: text(cert),
    key: text(key),
    servername: typeof servername === 'string' ? servername : undefined,
    verify: !cluster.skipTLSVerify,
  };
  return {
    server: cluster.server,
    tls: async () => tls,
    authorization: async () => authorizationOf(await askPlugin(config)),
    forget: () => {},
  };
}

async function askPlugin(config: KubeConfig): Promise<RequestOptions> {
  const answer: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(answer);
  return answer;
}

function authorizationOf({ headers }: RequestOptions): string | undefined {
  return text(Object.entries(headers ?? {}).find(([name]) => name === 'Authorization')?.[1]);
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString() : undefined;
}

// Which API server the contract is asked of: ours, started in this process, or the one of a kubeconfig named by
// FAIRLEAD_CONTRACT_KUBECONFIG. Tests make a namespace of their own and assert only what Kubernetes documents.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { startApiServer } from '../../../apiserver/start.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { type Anything, Client, type Endpoint } from '../support/client.ts';

export interface Target extends AsyncDisposable {
  readonly client: Client;
  /** Makes a namespace that nobody else uses and returns its name. */
  namespace(): Promise<string>;
}

export async function openTarget(): Promise<Target> {
  const kubeconfig = process.env['FAIRLEAD_CONTRACT_KUBECONFIG'];
  if (kubeconfig !== undefined) return targetAt(endpointOf(kubeconfig), async () => {});
  const stop = new AbortController();
  const log = createLogger({ program: 'test', level: 'silent' });
  const settings = {
    listen: { host: '127.0.0.1', port: 0 },
    data: ':memory:',
    tlsSan: [],
    crdDir: [],
    logLevel: 'silent',
  } as const;
  const server = await startApiServer({ settings, log }, stop.signal);
  const endpoint: Endpoint = {
    url: server.url ?? '',
    headers: { authorization: `Bearer ${server.token ?? ''}` },
    tls: { ca: server.ca },
  };
  return targetAt(endpoint, async () => {
    stop.abort();
    await server[Symbol.asyncDispose]();
  });
}

function targetAt(endpoint: Endpoint, close: () => Promise<void>): Target {
  const client = new Client(endpoint);
  return {
    client,
    namespace: async () => {
      const name = `contract-${randomBytes(5).toString('hex')}`;
      const { code, text } = await client.create('/api/v1/namespaces', { metadata: { name } });
      if (code !== 201) throw new Error(`no namespace: ${text}`);
      return name;
    },
    [Symbol.asyncDispose]: close,
  };
}

function endpointOf(file: string): Endpoint {
  const config: Anything = parse(readFileSync(file, 'utf8'));
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const read = (holder: Anything, field: string): string | undefined => {
    const data = holder[`${field}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    return holder[field] === undefined ? undefined : readFileSync(holder[field], 'utf8');
  };
  return {
    url: cluster.server,
    headers: user.token === undefined ? {} : { authorization: `Bearer ${user.token}` },
    tls: {
      ca: read(cluster, 'certificate-authority'),
      cert: read(user, 'client-certificate'),
      key: read(user, 'client-key'),
    },
  };
}

// Where a program finds its API server: a kubeconfig, or the service account of the pod that it runs in.
import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type ClusterAccess, DEFAULT_TLS } from './access.ts';
import { KubeconfigError, readKubeconfig } from './kubeconfig.ts';
import { pluginAccess } from './plugin-access.ts';
import { tlsFiles } from './tls-files.ts';
import { tokenFile } from './token-file.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface FindAccessOptions {
  /** Path of a kubeconfig; undefined: in-cluster. */
  readonly kubeconfig: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/** Throws KubeconfigError when there is nothing to go by or what there is cannot be read. */
export async function findAccess({ kubeconfig, env = process.env, clock }: FindAccessOptions): Promise<ClusterAccess> {
  if (kubeconfig === undefined) return inClusterAccess(env, clock ?? systemClock);
  const reading = await readKubeconfig(kubeconfig, clock);
  return reading.kind === 'access' ? reading.access : pluginAccess(kubeconfig);
}

async function inClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<ClusterAccess> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined) {
    throw new KubeconfigError('(none)', 'give --kubeconfig FILE; this process does not run in a pod of a cluster');
  }
  const readTls = async () => ({ ...DEFAULT_TLS, ca: await readFile(`${SERVICE_ACCOUNT}/ca.crt`, 'utf8') });
  const files = await tlsFiles(readTls, clock);
  const token = tokenFile(`${SERVICE_ACCOUNT}/token`, clock);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: files.tls,
    authorization: token.authorization,
    forget() {
      files.forget();
      token.forget();
    },
  };
}

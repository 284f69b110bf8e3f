// How a command finds its API server.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeClient } from '../kube/client.ts';
import { KubeconfigError } from '../kube/kubeconfig.ts';
import { CommandError } from './terminal.ts';

/** A client by the given kubeconfig, else $KUBECONFIG (its first file), else ~/.kube/config, else in-cluster. */
export async function connect(kubeconfig: string | undefined): Promise<KubeClient> {
  try {
    return await KubeClient.fromConfig({ kubeconfig: kubeconfig ?? defaultKubeconfig() });
  } catch (error) {
    if (error instanceof KubeconfigError) throw new CommandError(error.message, { exitCode: 2, cause: error });
    throw error;
  }
}

function defaultKubeconfig(): string | undefined {
  const [first] = (process.env['KUBECONFIG'] ?? '').split(delimiter);
  if (first !== undefined && first !== '') return first;
  const home = join(homedir(), '.kube', 'config');
  return existsSync(home) ? home : undefined;
}

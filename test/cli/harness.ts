// The command line against the real embedded API server: what it prints, and the exit code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { main } from '../../cli/main.ts';
import type { KubeClient } from '../../kube/client.ts';
import { startEmbeddedServer } from '../support/embedded-server.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly out: string;
  /** Lines on standard error. */
  readonly errors: readonly string[];
}

export interface Cli extends AsyncDisposable {
  readonly client: KubeClient;
  /** Runs `fairlead ARGS...` to its end. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** Applies manifests through the command line itself; throws when that fails. */
  apply(...manifests: readonly unknown[]): Promise<CommandResult>;
  /** Writes the `status` of an object, as a controller would. */
  setStatus(path: string, status: unknown): Promise<void>;
  /** Puts a file into a folder of the test's own and returns its path. */
  file(name: string, text: string): Promise<string>;
}

export async function startCli(): Promise<Cli> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fl-cli-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const { client } = undo.use(await startEmbeddedServer());
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(client.server));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand('--kubeconfig', kubeconfig, ...args);
  const running = undo.move();
  return {
    client,
    run,
    file,
    apply: async (...manifests) => {
      const result = await run('apply', '-f', await file('manifests.yaml', manifests.map(asDocument).join('')));
      if (result.exitCode !== 0) throw new Error(`bug in a test's manifests: ${result.errors.join('; ')}`);
      return result;
    },
    setStatus: async (path, status) => {
      await client.request('PATCH', `${path}/status`, {
        contentType: 'application/merge-patch+json',
        body: { status },
        signal: AbortSignal.timeout(5000),
      });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Runs one command line in this process. */
export async function runCommand(...args: readonly string[]): Promise<CommandResult> {
  let out = '';
  const errors: string[] = [];
  const exitCode = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (line) => void errors.push(line),
    interactive: false,
  });
  return { exitCode, out, errors };
}

/** A kubeconfig without credentials for this server. */
export function kubeconfigFor(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

function asDocument(manifest: unknown): string {
  return `---\n${stringify(manifest)}`;
}

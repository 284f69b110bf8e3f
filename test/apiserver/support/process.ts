// The server as a process of its own, with its data in a folder that goes with the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.ts';

const ENTRY = join(import.meta.dirname, 'entry.ts');

export interface ServerFolder extends Disposable {
  readonly path: string;
}

export function serverFolder(): ServerFolder {
  const path = mkdtempSync(join(tmpdir(), 'fl-apiserver-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface ServerProcess extends AsyncDisposable {
  readonly client: Client;
  readonly child: ChildProcess;
  /** Everything that it wrote on standard error so far. */
  readonly log: () => string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `fairlead apiserver` with those flags on a unix socket and waits until it serves. */
export async function startProcess(
  folder: string,
  { flags = [], maxFileKib }: { readonly flags?: readonly string[]; readonly maxFileKib?: number } = {},
): Promise<ServerProcess> {
  const socket = join(folder, 'api.sock');
  const args = ['--data', join(folder, 'data.db'), '--socket', socket, ...flags];
  const listens = flags.includes('--listen') ? [] : ['--listen', 'none'];
  const command = [process.execPath, ENTRY, ...args, ...listens];
  // A bound on the size of files is a full disk that only this process has. The signal that comes with it is ignored.
  const limit = maxFileKib === undefined ? '' : `trap '' XFSZ; ulimit -S -f ${maxFileKib};`;
  const child = spawn('bash', ['-c', `${limit} exec "$@"`, 'bash', ...command], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let text = '';
  const serving = Promise.withResolvers<void>();
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('serving the API')) serving.resolve();
  });
  child.once('exit', () => serving.reject(new Error(`the server ended: ${text}`)));
  await serving.promise;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const client = new Client({ url: 'http://localhost', headers: {}, tls: {}, socketPath: socket });
  return { client, child, log: () => text, kill, [Symbol.asyncDispose]: () => kill('SIGKILL') };
}

// A lab of its own for a test file, driven through what people use: the commands and the network.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { apply } from '../../cli/commands/apply.ts';
import { explain } from '../../cli/commands/explain.ts';
import { connect } from '../../cli/connect.ts';
import { parseManifests } from '../../cli/manifests.ts';
import { CommandError, type Terminal } from '../../cli/terminal.ts';
import type { KubeClient } from '../../kube/client.ts';
import { pathsOf } from '../../lab/state.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, as it is started in a checkout. */
export const FAIRLEAD = join(import.meta.dirname, '../../bin/fairlead');

export class TestLab implements AsyncDisposable {
  readonly name: string;
  readonly client: KubeClient;

  private constructor(name: string, client: KubeClient) {
    this.name = name;
    this.client = client;
  }

  /** Brings a lab up under a name of its own. */
  static async up({ lbNodes = 1, workers = 1 }: { lbNodes?: number; workers?: number } = {}): Promise<TestLab> {
    const name = `t${randomBytes(3).toString('hex')}`;
    const flags = ['--name', name, '--lb', String(lbNodes), '--workers', String(workers)];
    const { code, stderr } = await run([FAIRLEAD, 'lab', 'up', ...flags]);
    if (code !== 0) throw new Error(stderr);
    return new TestLab(name, await connect(pathsOf(name).kubeconfig));
  }

  /** Applies manifests given as text; throws when one is refused. */
  async apply(manifests: string): Promise<void> {
    const { code, stderr } = await this.tryApply(manifests);
    if (code !== 0) throw new Error(stderr);
  }

  tryApply(manifests: string): Promise<CommandResult> {
    return capture(async (terminal) => {
      const options = { manifests: parseManifests(manifests, 'manifest.yaml'), namespace: 'default' };
      await apply(this.client, options, { terminal, signal: patience() });
    });
  }

  /** What `fairlead explain` says. */
  async explain(target: string, namespace = 'default'): Promise<string> {
    const { stdout, stderr } = await capture((terminal) =>
      explain(this.client, { target, namespace }, { terminal, signal: patience() }),
    );
    return stdout + stderr;
  }

  /** What the API server answers to GET. */
  get(path: string): Promise<unknown> {
    return this.client.request('GET', path, { signal: patience() });
  }

  delete(path: string): Promise<unknown> {
    return this.client.request('DELETE', path, { signal: patience() });
  }

  /** Runs a command in a node of the lab. */
  exec(node: string, ...argv: readonly string[]): Promise<CommandResult> {
    return run([FAIRLEAD, 'lab', 'exec', '--name', this.name, node, '--', ...argv]);
  }

  /** Starts a command in a node; it is killed when the value is disposed. */
  start(node: string, ...argv: readonly string[]): RunningCommand {
    return new RunningCommand([FAIRLEAD, 'lab', 'exec', '--name', this.name, node, '--', ...argv]);
  }

  /** One request from the client; the status, or 0 when there was no answer. */
  async requestStatus(url: string, ...curlOptions: readonly string[]): Promise<number> {
    const { stdout } = await this.exec(
      'client',
      'curl',
      '-s',
      '-m',
      '2',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      ...curlOptions,
      url,
    );
    return Number(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    const { code, stderr } = await run([FAIRLEAD, 'lab', 'down', '--name', this.name]);
    if (code !== 0) throw new Error(stderr);
  }
}

/** A command in a process group of its own, with all that it has printed so far. */
export class RunningCommand implements AsyncDisposable {
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor([file = '', ...args]: readonly string[]) {
    this.#child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) process.kill(-this.#child.pid, 'SIGKILL');
    await this.#ended;
  }
}

function patience(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

/** Runs a command of ours in this process, and tells what its caller would have seen. */
async function capture(command: (terminal: Terminal) => Promise<void>): Promise<CommandResult> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const terminal = {
    out: (text: string) => void stdout.push(text),
    error: (line: string) => void stderr.push(line),
    interactive: false,
  };
  const result = (code: number): CommandResult => ({ code, stdout: stdout.join(''), stderr: stderr.join('\n') });
  try {
    await command(terminal);
    return result(0);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.error(error.message);
    return result(error.exitCode);
  }
}

function run([file = '', ...args]: readonly string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

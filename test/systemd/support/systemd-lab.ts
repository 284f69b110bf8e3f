// A lab with LB nodes that boot systemd, as an administrator handles it: by commands.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SystemdNode } from '../../../lab/systemd-nodes/systemd-node.ts';

const checkout = join(import.meta.dirname, '../../..');
const execute = promisify(execFile);
const LONG_MS = 180_000;

export class SystemdLab implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;

  private constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  static async up(): Promise<SystemdLab> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-systemd-'));
    const lab = new SystemdLab(`sd${process.pid}`, folder);
    await lab.fairlead('lab', 'up', '--name', lab.name, '--nodes', 'systemd');
    return lab;
  }

  /** Runs the command of the checkout; returns its output. */
  async fairlead(...args: readonly string[]): Promise<string> {
    return command([join(checkout, 'bin/fairlead'), ...args]);
  }

  async apply(manifests: string): Promise<void> {
    const file = join(this.folder, 'manifests.yaml');
    await writeFile(file, manifests);
    await this.fairlead('lab', 'apply', '--name', this.name, '-f', file);
  }

  node(name: string): SystemdNode {
    return new SystemdNode({ lab: this.name, node: name });
  }

  /** The fabric addresses of the LB nodes that the router sends traffic for an address to. */
  async nextHops(address: string): Promise<readonly string[]> {
    const text = await command(['ip', '-j', '-n', `${this.name}-router`, 'route', 'show', `${address}/32`]);
    const routes = JSON.parse(text || '[]') as readonly Route[];
    return routes
      .flatMap(({ gateway, nexthops = [] }) => [gateway, ...nexthops.map((hop) => hop.gateway)])
      .filter((gateway) => gateway !== undefined)
      .toSorted();
  }

  /** One request of the client; returns what curl prints, rejects when there was no answer or a status of 400 and up. */
  async request(url: string, ...options: readonly string[]): Promise<string> {
    const curl = ['curl', '--silent', '--show-error', '--fail', '--max-time', '5', ...options, url];
    return command(['ip', 'netns', 'exec', `${this.name}-client`, ...curl]);
  }

  /** A client that keeps asking, 25 times a second on new connections, until it is stopped. */
  keepAsking(url: string, ...options: readonly string[]): Asking {
    const curl = [
      'curl',
      '--silent',
      '--show-error',
      '--fail',
      '--max-time',
      '5',
      '--output',
      '/dev/null',
      ...options,
      url,
    ];
    const oneRequest = curl.map((word) => `'${word}'`).join(' ');
    const script = `while :; do (${oneRequest} || echo "failed at $(date +%T.%3N)") & echo asked; sleep 0.04; done`;
    const inClient = ['netns', 'exec', `${this.name}-client`, 'sh', '-c', script];
    return new Asking(spawn('ip', inClient, { stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fairlead('lab', 'down', '--name', this.name);
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Route {
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway: string }[];
}

/** Runs a command of the machine and returns its standard output. */
export async function command(argv: readonly string[]): Promise<string> {
  const [file = '', ...args] = argv;
  const { stdout } = await execute(file, args, { cwd: checkout, timeout: LONG_MS, maxBuffer: 2 ** 26 });
  return stdout;
}

/** A client in the background, and what became of its requests. */
export class Asking {
  readonly #child: ChildProcess;
  #output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.#output += String(chunk)));
  }

  /** Lets the requests in flight end; then how many there were, and what the failed ones said. */
  async stop(): Promise<{ readonly asked: number; readonly failed: readonly string[] }> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'close');
    const lines = this.#output.split('\n').filter((line) => line !== '');
    return { asked: lines.filter((line) => line === 'asked').length, failed: lines.filter((line) => line !== 'asked') };
  }
}

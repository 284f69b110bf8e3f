// A lab of its own for a test file, driven as people drive it: by the command line.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = join(import.meta.dirname, '../..');
const FAIRLEAD = join(ROOT, 'bin/fairlead');

export class TestLab implements AsyncDisposable {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Brings a lab up under a name of its own. */
  static async up({ lbNodes = 1, workers = 1 }: { lbNodes?: number; workers?: number } = {}): Promise<TestLab> {
    const lab = new TestLab(`t${randomBytes(3).toString('hex')}`);
    const flags = ['--name', lab.name, '--lb', String(lbNodes), '--workers', String(workers)];
    const { code, stderr } = await run([FAIRLEAD, 'lab', 'up', ...flags]);
    if (code !== 0) throw new Error(stderr);
    return lab;
  }

  get kubeconfig(): string {
    return `/run/fairlead-lab/${this.name}/kubeconfig`;
  }

  /** `fairlead ...` against the API server of the lab. */
  fairlead(...args: readonly string[]): Promise<CommandResult> {
    return run([FAIRLEAD, '--kubeconfig', this.kubeconfig, ...args]);
  }

  /** Applies manifests given as text; throws when one is refused. */
  async apply(manifests: string): Promise<void> {
    const { code, stderr } = await this.tryApply(manifests);
    if (code !== 0) throw new Error(stderr);
  }

  tryApply(manifests: string): Promise<CommandResult> {
    return run([FAIRLEAD, '--kubeconfig', this.kubeconfig, 'apply', '-f', '-'], manifests);
  }

  /** Applies a file or folder, by its path from the root of the checkout. */
  async applyPath(path: string): Promise<void> {
    const { code, stderr } = await this.fairlead('apply', '-f', join(ROOT, path));
    if (code !== 0) throw new Error(stderr);
  }

  /** What `fairlead explain` says. */
  async explain(target: string, namespace = 'default'): Promise<string> {
    return (await this.fairlead('explain', target, '-n', namespace)).stdout;
  }

  /** One object as JSON. */
  async get(kind: string, name: string, namespace = 'default'): Promise<unknown> {
    const { code, stdout, stderr } = await this.fairlead('get', kind, name, '-n', namespace, '-o', 'json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** The objects of a kind in all namespaces. */
  async list(kind: string): Promise<readonly unknown[]> {
    const { code, stdout, stderr } = await this.fairlead('get', kind, '-A', '-o', 'json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout).items;
  }

  /** Runs a command in a node of the lab. */
  exec(node: string, ...argv: readonly string[]): Promise<CommandResult> {
    return run([FAIRLEAD, 'lab', 'exec', '--name', this.name, node, '--', ...argv]);
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
    const { code, stderr } = await run([FAIRLEAD, 'lab', 'down', '--name', this.name]);
    if (code !== 0) throw new Error(stderr);
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

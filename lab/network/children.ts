// Short-lived child processes: run, give them their input, take their output, fail with what they said.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A child that ended badly. `message` holds its last words. */
export class ChildError extends Error {
  readonly code = 'CHILD_FAILED';
  readonly exitCode: number | undefined;

  constructor(argv: readonly string[], exitCode: number | undefined, words: string) {
    super(`${argv.join(' ')}: ${words.trim() || `exit code ${exitCode}`}`);
    this.name = 'ChildError';
    this.exitCode = exitCode;
  }
}

export interface ChildInput {
  /** Written to its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command and returns its standard output; rejects with ChildError unless it ends with 0. */
export async function run(argv: readonly string[], { input = '', env }: ChildInput = {}): Promise<string> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(env === undefined ? {} : { env }) });
  // A child that ends before it has read everything tells why by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? undefined));
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new ChildError(argv, code, errors || output);
  return output;
}

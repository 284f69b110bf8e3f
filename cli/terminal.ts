// Where commands write: the process's own streams, or a test's.

export interface Terminal {
  /** Text for standard output, as it is. */
  readonly out: (text: string) => void;
  /** One line for people on standard error. */
  readonly error: (line: string) => void;
  /** Whether standard output is a terminal that can redraw a line. */
  readonly interactive: boolean;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    error: (line) => void process.stderr.write(`${line}\n`),
    interactive: process.stdout.isTTY,
  };
}

/** A mistake of the caller or a refusal of the server, told in one line. Exit code 2 for bad input, else 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { readonly exitCode?: 1 | 2; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

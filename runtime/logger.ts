// Diagnostics: one JSON object per line on standard error. Events with fields, never whole objects, never secrets.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  readonly program: string;
  readonly level: LogLevel;
  /** The node that the program serves, when it serves one. */
  readonly node?: string | undefined;
  /** Where lines go; standard error when absent. */
  readonly to?: DestinationStream;
}

/** Field names that may hold a secret; they are blotted out at the top and one level below. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'privateKey', 'secret', 'token'] as const;

/** A pino logger whose lines carry `program` and `node`. Writes are synchronous: a crash loses no line. */
export function createLogger({ program, level, node, to }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { program, ...(node === undefined ? {} : { node }) },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '(secret)' },
    },
    to ?? destination({ fd: 2, sync: true }),
  );
}

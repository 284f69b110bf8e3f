import { createLogger, type Logger } from '../../runtime/logger.ts';

/** A logger that says nothing. */
export function quietLog(): Logger {
  return createLogger({ program: 'test', level: 'silent' });
}

// What a supervised unit says of itself, and whether it is started again.
import type { UnitFile } from './unit-file.ts';

export type UnitState = 'inactive' | 'starting' | 'active' | 'stopping' | 'restarting' | 'failed';
export type UnitResult = 'success' | 'exit-code' | 'signal' | 'watchdog' | 'timeout';

export interface UnitStatus {
  readonly node: string;
  readonly unit: string;
  readonly state: UnitState;
  readonly pid: number | undefined;
  /** How often it was started again by itself. */
  readonly restarts: number;
  /** Its own words, from `STATUS=`. */
  readonly text: string;
  /** How it ended last. */
  readonly result: UnitResult | undefined;
}

/** systemd.service(5), table of Restart=. */
export function isRestarted({ restart }: Pick<UnitFile, 'restart'>, result: UnitResult): boolean {
  return restart === 'always' || (restart === 'on-failure' && result !== 'success');
}

/** The assignments of one sd_notify(3) datagram. */
export function parseNotification(text: string): ReadonlyMap<string, string> {
  const pairs = text
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return new Map(pairs);
}

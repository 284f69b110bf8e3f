// Columns of which tables are made.
import { stringAt } from '../json.ts';
import { nameOf } from '../object.ts';
import type { Column } from '../registry/kind.ts';

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  read: nameOf,
};

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  read: (object, nowMs) => formatAge(stringAt(object, 'metadata', 'creationTimestamp'), nowMs),
};

export const NAME_AND_AGE: readonly Column[] = [NAME, AGE];

/** Time since then as kubectl writes it: `45s`, `3m20s`, `5h`, `2d3h`, `400d`. */
export function formatAge(since: string | undefined, nowMs: number): string {
  const start = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(start)) return '<unknown>';
  return formatDuration(Math.max(0, Math.floor((nowMs - start) / 1000)));
}

function formatDuration(seconds: number): string {
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86400)];
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(`${minutes}m`, seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return pair(`${hours}h`, minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (days < 8) return pair(`${days}d`, hours % 24, 'h');
  if (days < 730) return `${days}d`;
  if (days < 2920) return pair(`${Math.floor(days / 365)}y`, days % 365, 'd');
  return `${Math.floor(days / 365)}y`;
}

function pair(big: string, small: number, smallUnit: string): string {
  return small === 0 ? big : `${big}${small}${smallUnit}`;
}

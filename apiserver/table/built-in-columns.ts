// What `kubectl get` shows of the built-in kinds.

import type { Column } from '../registry/kind.ts';
import { NAME_AND_AGE } from './columns.ts';

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {};

/** The columns of a built-in kind; name and age where nothing better is known. */
export function columnsOf(kind: string): readonly Column[] {
  return COLUMNS[kind] ?? NAME_AND_AGE;
}

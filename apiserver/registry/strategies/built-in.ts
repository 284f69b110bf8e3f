// Which built-in kind follows which rules; a kind without an entry is stored as it is.
import type { Strategy } from '../kind.ts';

export const BUILT_IN_STRATEGIES: Readonly<Record<string, Strategy>> = {};

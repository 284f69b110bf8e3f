import type { JsonObject } from '../json.ts';
import type { Kind } from '../registry/kind.ts';
import type { Subresource } from '../writes/options.ts';

export interface Ownership {
  readonly live: JsonObject | undefined;
  readonly next: JsonObject;
  readonly kind: Kind;
  readonly now: string;
  readonly manager: string;
  readonly subresource: Subresource;
}
export function recordUpdate({ next }: Ownership): JsonObject {
  return next;
}

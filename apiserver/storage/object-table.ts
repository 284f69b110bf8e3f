// The objects of one resource, in order of namespace and name.
import type { JsonObject } from '../json.ts';
import { nameOf, namespaceOf } from '../object.ts';

/** Where an object stands among others: keys compare as namespace first, then name. */
export function orderKey(namespace: string, name: string): string {
  return `${namespace}\0${name}`;
}

export function orderKeyOf(object: JsonObject): string {
  return orderKey(namespaceOf(object), nameOf(object));
}

export class ObjectTable {
  readonly #objects: Map<string, JsonObject>;
  /** All keys in order; undefined until somebody lists, so that loading sorts once. */
  #order: string[] | undefined;

  constructor(objects: Iterable<readonly [string, JsonObject]> = [], order?: readonly string[]) {
    this.#objects = new Map(objects);
    this.#order = order === undefined ? undefined : [...order];
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): JsonObject | undefined {
    return this.#objects.get(key);
  }

  set(key: string, object: JsonObject): void {
    if (this.#order !== undefined && !this.#objects.has(key))
      this.#order.splice(firstAtOrAfter(this.#order, key), 0, key);
    this.#objects.set(key, object);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#order?.splice(firstAtOrAfter(this.#order, key), 1);
  }

  /** All objects in order. */
  items(): readonly JsonObject[] {
    this.#order ??= [...this.#objects.keys()].sort();
    return this.#order.map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  copy(): ObjectTable {
    return new ObjectTable(this.#objects, this.#order);
  }
}

function firstAtOrAfter(order: readonly string[], key: string): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((order[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

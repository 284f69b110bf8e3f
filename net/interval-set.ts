// Which numbers are left: the free addresses of a pool, kept as disjoint intervals, so that a /64 costs as little as a /28.

/** All numbers from `first` to `last`, both included. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A mutable set of numbers, as sorted intervals that neither overlap nor touch. Looking up, and finding the next
 * member, takes O(log n) in the number of intervals; adding and removing moves the tail of an array besides.
 */
export class IntervalSet {
  #intervals: Interval[];
  #size: bigint;

  private constructor(disjoint: Interval[]) {
    this.#intervals = disjoint;
    this.#size = disjoint.reduce((sum, interval) => sum + sizeOf(interval), 0n);
  }

  /** The union of intervals in any order; they may overlap. */
  static of(intervals: Iterable<Interval>): IntervalSet {
    const sorted = [...intervals].sort((a, b) => compare(a.first, b.first));
    const merged: Interval[] = [];
    for (const next of sorted) {
      const previous = merged.at(-1);
      if (previous === undefined || next.first > previous.last + 1n) merged.push(next);
      else if (next.last > previous.last) merged[merged.length - 1] = { first: previous.first, last: next.last };
    }
    return new IntervalSet(merged);
  }

  /** How many numbers are in the set. */
  get size(): bigint {
    return this.#size;
  }

  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  has(value: bigint): boolean {
    const found = this.#intervals[this.#indexOf(value)];
    return found !== undefined && found.first <= value;
  }

  /** Whether the set and the interval have a number in common. */
  meets({ first, last }: Interval): boolean {
    const found = this.#intervals[this.#indexOf(first)];
    return found !== undefined && found.first <= last;
  }

  /** The smallest member that is not below `from`; without `from`, the smallest of all. */
  next(from?: bigint): bigint | undefined {
    if (from === undefined) return this.#intervals[0]?.first;
    const found = this.#intervals[this.#indexOf(from)];
    return found === undefined ? undefined : found.first > from ? found.first : from;
  }

  /** Takes one number out; false when it was not in. */
  remove(value: bigint): boolean {
    const index = this.#indexOf(value);
    const found = this.#intervals[index];
    if (found === undefined || found.first > value) return false;
    const left = found.first < value ? [{ first: found.first, last: value - 1n }] : [];
    const right = value < found.last ? [{ first: value + 1n, last: found.last }] : [];
    this.#intervals.splice(index, 1, ...left, ...right);
    this.#size -= 1n;
    return true;
  }

  /** Puts an interval in; it may overlap what is there. */
  add(interval: Interval): void {
    const start = this.#indexOf(interval.first - 1n);
    const after = this.#indexOf(interval.last + 1n);
    const touchesAfter = (this.#intervals[after]?.first ?? interval.last + 2n) <= interval.last + 1n;
    const touched = this.#intervals.slice(start, touchesAfter ? after + 1 : after);
    const first = min(interval.first, touched.at(0)?.first ?? interval.first);
    const last = max(interval.last, touched.at(-1)?.last ?? interval.last);
    this.#intervals.splice(start, touched.length, { first, last });
    this.#size += touched.reduce((sum, old) => sum - sizeOf(old), last - first + 1n);
  }

  /** Index of the first interval that does not end below the value. */
  #indexOf(value: bigint): number {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const interval = this.#intervals[middle];
      if (interval !== undefined && interval.last < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function sizeOf({ first, last }: Interval): bigint {
  return last - first + 1n;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { type Counters, DURATION_BUCKETS } from './counters.ts';

const CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const NO_ROUTE = '(none)';

interface ListenerSlots {
  /** One more than there are bounds: the last is the rest. */
  readonly buckets: readonly number[];
  readonly sum: number;
  readonly bytes: number;
}

export interface RequestFacts {
  /** Name of the listener; '' when none was found. */
  readonly listener: string;
  /** Name of the rule; undefined when none matched. */
  readonly rule: string | undefined;
  readonly status: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** Counts finished requests. Slots are remembered per listener and rule, so that a request costs two map look-ups. */
export class RequestCounters {
  readonly #counters: Counters;
  readonly #byListener = new Map<string, ListenerSlots>();
  readonly #byRule = new Map<string, readonly number[]>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  count({ listener, rule = NO_ROUTE, status, seconds, bytes }: RequestFacts): void {
    const slots = this.#byListener.get(listener) ?? this.#addListener(listener);
    const classes = this.#byRule.get(`${listener}\0${rule}`) ?? this.#addRule(listener, rule);
    this.#counters.add(classes[Math.floor(status / 100)] ?? classes[0] ?? 0);
    this.#counters.add(slots.buckets[bucketOf(seconds)] ?? 0);
    this.#counters.add(slots.sum, seconds);
    this.#counters.add(slots.bytes, bytes);
  }

  #addListener(listener: string): ListenerSlots {
    const bounds = [...DURATION_BUCKETS.map(String), '+Inf'];
    const slots = {
      buckets: bounds.map((le) => this.#counters.slot('request_duration_seconds_bucket', { listener, le })),
      sum: this.#counters.slot('request_duration_seconds_sum', { listener }),
      bytes: this.#counters.slot('response_bytes_total', { listener }),
    };
    this.#byListener.set(listener, slots);
    return slots;
  }

  #addRule(listener: string, rule: string): readonly number[] {
    const slots = CLASSES.map((code) => this.#counters.slot('requests_total', { listener, rule, code }));
    this.#byRule.set(`${listener}\0${rule}`, slots);
    return slots;
  }
}

function bucketOf(seconds: number): number {
  const index = DURATION_BUCKETS.findIndex((bound) => seconds <= bound);
  return index < 0 ? DURATION_BUCKETS.length : index;
}

// Events for people (`kubectl describe`): core/v1, repeated ones counted in one object, never in anybody's way.
import { createHash } from 'node:crypto';
import type { ObjectReference } from '../api/meta.ts';
import { objectKey } from '../api/meta.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/sleep.ts';
import { isRefusal } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { collectionPath, objectPath } from './resource-path.ts';

export interface EventInput {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from api/reasons.ts. */
  readonly reason: string;
  readonly message: string;
  /** What was being done: 'Allocate', 'Announce'. */
  readonly action: string;
}

export interface EventRecorderOptions {
  readonly client: KubeApi;
  /** 'fairlead-ipam' */
  readonly component: string;
  /** The node or host. */
  readonly instance: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** A repetition within this time counts up the same event. */
  readonly windowMs?: number;
  /** An event's count is written at most this often, and one that could not be sent is tried again. */
  readonly updateMs?: number;
  /** How long a send may take; also all of those at the end together. */
  readonly sendTimeoutMs?: number;
}

interface Series {
  readonly input: EventInput;
  readonly name: string;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** How many the server knows of. */
  sentCount: number;
  triedAt: number;
}

const EVENTS = { apiVersion: 'v1', plural: 'events', namespaced: true } as const;
const MAX_SERIES = 1000;
const BURST = 25;
const PER_SECOND = 5;
const MAX_MESSAGE = 1024; // what the API server accepts

export class EventRecorder {
  readonly #options: Required<EventRecorderOptions>;
  readonly #series = new Map<string, Series>();
  #tokens = BURST;
  #refilledAt: number;
  #wake: () => void = () => {};

  constructor(options: EventRecorderOptions) {
    this.#options = { clock: systemClock, windowMs: 600_000, updateMs: 10_000, sendTimeoutMs: 5000, ...options };
    this.#refilledAt = this.#options.clock.monotonic();
  }

  /** Takes note of an event and returns at once; `run` sends it. */
  event(input: EventInput): void {
    const { clock, windowMs } = this.#options;
    const now = clock.now();
    const id = idOf(input);
    const known = this.#series.get(id);
    if (known !== undefined && now - known.lastAt < windowMs) {
      known.count++;
      known.lastAt = now;
    } else {
      this.#series.delete(id);
      this.#series.set(id, startSeries(input, now));
      this.#forgetOldest();
    }
    this.#wake();
  }

  /** Sends events until the signal aborts, then for a moment what is due. Never rejects: a lost event is a line in the log. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#sendDue();
      await this.#untilWoken(signal);
    }
    await this.#sendDue(AbortSignal.timeout(this.#options.sendTimeoutMs));
  }

  async #sendDue(deadline?: AbortSignal): Promise<void> {
    const { clock, updateMs, sendTimeoutMs } = this.#options;
    const isDue = (one: Series): boolean => one.count > one.sentCount && clock.monotonic() - one.triedAt >= updateMs;
    for (const series of [...this.#series.values()].filter(isDue)) {
      if (deadline?.aborted || !this.#takeToken()) return;
      await this.#send(series, deadline ?? AbortSignal.timeout(sendTimeoutMs));
    }
  }

  /** What the server refuses is given up; when it could not be asked, the event stays due. */
  async #send(series: Series, signal: AbortSignal): Promise<void> {
    const { client, log, clock } = this.#options;
    series.triedAt = clock.monotonic();
    const namespace = series.input.regarding.namespace ?? 'default';
    const { count } = series;
    const isNew = series.sentCount === 0;
    const change = { count, lastTimestamp: seconds(series.lastAt) };
    try {
      if (isNew) {
        await client.request('POST', collectionPath(EVENTS, namespace), {
          body: this.#body(series, namespace),
          signal,
        });
      } else {
        const path = objectPath(EVENTS, objectKey(namespace, series.name));
        await client.request('PATCH', path, { body: change, contentType: 'application/merge-patch+json', signal });
      }
      series.sentCount = count;
    } catch (error) {
      if (isRefusal(error)) series.sentCount = count;
      log.debug({ err: error, reason: series.input.reason }, 'event not sent');
    }
  }

  #body({ input, name, count, firstAt, lastAt }: Series, namespace: string): unknown {
    const { component, instance } = this.#options;
    const { regarding, type, reason, message, action } = input;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: regarding,
      type,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      action,
      count,
      firstTimestamp: seconds(firstAt),
      lastTimestamp: seconds(lastAt),
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }

  #takeToken(): boolean {
    const now = this.#options.clock.monotonic();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) / 1000) * PER_SECOND);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#series.keys();
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  /** Also ends by itself now and then, for counts and for what the rate limit held back. */
  async #untilWoken(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await pause(1000, AbortSignal.any([signal, woken.signal]));
    this.#wake = () => {};
  }
}

function idOf({ regarding, reason, message }: EventInput): string {
  return JSON.stringify([regarding.kind, regarding.namespace, regarding.name, regarding.uid, reason, message]);
}

/** As client-go names events: the object's name and something unique, here of the content and the time. */
function startSeries(input: EventInput, now: number): Series {
  const unique = createHash('sha256')
    .update(`${idOf(input)} ${now}`)
    .digest('hex')
    .slice(0, 16);
  const name = `${input.regarding.name.slice(0, 200)}.${unique}`;
  return { input, name, firstAt: now, lastAt: now, count: 1, sentCount: 0, triedAt: Number.NEGATIVE_INFINITY };
}

function seconds(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

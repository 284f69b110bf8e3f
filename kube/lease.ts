// Leader election by a coordination.k8s.io/v1 Lease. Only our own monotonic clock is believed: another's lease is over
// when we have seen it unchanged for its whole duration, ours when we have not renewed it for two thirds of it.
import { objectKey } from '../api/meta.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/sleep.ts';
import { ApiProtocolError, isApiStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { claimLease, type LeaseObject, type LeaseSpec, readLease, releaseLease } from './lease-record.ts';
import { collectionPath, objectPath } from './resource-path.ts';

export interface LeaseOptions {
  readonly client: KubeApi;
  readonly namespace: string;
  readonly name: string;
  /** Who we are; must differ between processes. */
  readonly holder: string;
  /** At least 1000; others take over when we have been silent for so long. */
  readonly durationMs: number;
  readonly log: Logger;
  readonly clock?: Clock;
}

const LEASES = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespaced: true } as const;

const RELEASE_TIMEOUT_MS = 2000;

interface Observed extends LeaseObject {
  /** Monotonic time at which we first saw this resourceVersion. */
  readonly seenAt: number;
}

export class Lease {
  readonly #options: Required<LeaseOptions>;
  #observed: Observed | undefined;
  /** Monotonic time until which we may act as holder. */
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseOptions) {
    this.#options = { clock: systemClock, ...options };
  }

  /** May we act as holder at this moment? Asks the clock, so it is right even after a pause of the whole process. */
  get isHeld(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil;
  }

  /** Who holds the lease as far as we have seen; for people. */
  get holder(): string | undefined {
    return this.#observed?.spec.holderIdentity || undefined;
  }

  /**
   * Tries to get the lease and runs `whileLeading` each time it is held. Its signal aborts when the lease is lost or
   * `signal` aborts; it must then stop acting within a third of the duration. After a loss it tries again. Resolves
   * when `signal` has aborted or `whileLeading` has ended by itself, the lease released; rejects only with what
   * `whileLeading` throws.
   */
  async run(signal: AbortSignal, whileLeading: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { durationMs, clock } = this.#options;
    while (!signal.aborted) {
      await this.#attempt(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(durationMs / 3))]));
      if (!this.isHeld) await pause(durationMs / 5 + (clock.monotonic() % 50), signal);
      else if ((await this.#lead(signal, whileLeading)) === 'done') return;
    }
  }

  async #lead(signal: AbortSignal, whileLeading: (signal: AbortSignal) => Promise<void>): Promise<'done' | 'lost'> {
    const { log, name, holder } = this.#options;
    log.info({ lease: name, holder }, 'lease acquired');
    const done = new AbortController();
    const lost = new AbortController();
    const renewing = this.#keep(done.signal, lost);
    try {
      await whileLeading(AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      if (!signal.aborted && !lost.signal.aborted) throw error;
    } finally {
      done.abort();
      await renewing;
      await this.#release();
      log.info({ lease: name, holder, lost: lost.signal.aborted }, 'lease no longer held');
    }
    return lost.signal.aborted ? 'lost' : 'done';
  }

  /** Renews until done; aborts `lost` when the lease is another's or could not be renewed in time. */
  async #keep(done: AbortSignal, lost: AbortController): Promise<void> {
    const { durationMs, clock, name } = this.#options;
    for (;;) {
      const leftMs = this.#heldUntil - clock.monotonic();
      if (leftMs <= 0) return lost.abort(new Error(`the lease ${name} is lost`));
      await pause(Math.min(durationMs / 5, leftMs), done);
      if (done.aborted) return;
      const timeLeft = AbortSignal.timeout(Math.max(1, Math.floor(this.#heldUntil - clock.monotonic())));
      await this.#attempt(AbortSignal.any([done, timeLeft]));
    }
  }

  /** One try to take or renew; the outcome is in `isHeld`. Failures are logged, and are a reason to try again. */
  async #attempt(signal: AbortSignal): Promise<void> {
    const { log, name } = this.#options;
    try {
      await this.#claim(signal);
    } catch (error) {
      if (isApiStatus(error, 409)) return; // another was faster: the next try sees who
      if (!signal.aborted) log.warn({ lease: name, err: error }, 'lease not renewed');
    }
  }

  async #claim(signal: AbortSignal): Promise<void> {
    const { client, durationMs, clock, holder, namespace, name } = this.#options;
    const lease = await this.#get(signal);
    if (lease !== undefined && !this.#mayTake(lease)) {
      this.#heldUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    const spec = claimLease(lease?.spec, { holder, durationMs, now: clock.now() });
    const sentAt = clock.monotonic();
    const body = this.#body(spec, lease?.metadata.resourceVersion);
    const answer =
      lease === undefined
        ? await client.request('POST', collectionPath(LEASES, namespace), { body, signal })
        : await client.request('PUT', objectPath(LEASES, objectKey(namespace, name)), { body, signal });
    this.#observe(answer);
    this.#heldUntil = sentAt + (durationMs * 2) / 3;
  }

  async #get(signal: AbortSignal): Promise<Observed | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return this.#observe(await client.request('GET', objectPath(LEASES, objectKey(namespace, name)), { signal }));
    } catch (error) {
      if (isApiStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #observe(answer: unknown): Observed {
    const lease = readLease(answer);
    if (lease === undefined) throw new ApiProtocolError('the API server answered with something that is no Lease');
    if (this.#observed?.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.#observed = { ...lease, seenAt: this.#options.clock.monotonic() };
    }
    return this.#observed ?? { ...lease, seenAt: this.#options.clock.monotonic() };
  }

  #mayTake({ spec, seenAt }: Observed): boolean {
    const { holder, clock } = this.#options;
    if (!spec.holderIdentity || spec.holderIdentity === holder) return true;
    return clock.monotonic() >= seenAt + (spec.leaseDurationSeconds ?? 0) * 1000;
  }

  async #release(): Promise<void> {
    const { client, clock, namespace, name, log } = this.#options;
    const observed = this.#observed;
    if (!this.isHeld || observed === undefined) return;
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    try {
      const body = this.#body(releaseLease(observed.spec, clock.now()), observed.metadata.resourceVersion);
      const signal = AbortSignal.timeout(RELEASE_TIMEOUT_MS);
      await client.request('PUT', objectPath(LEASES, objectKey(namespace, name)), { body, signal });
    } catch (error) {
      log.warn({ lease: name, err: error }, 'lease not released: the next holder has to wait for its end');
    }
  }

  #body(spec: LeaseSpec, resourceVersion: string | undefined): unknown {
    const { namespace, name } = this.#options;
    const metadata = { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    return { apiVersion: LEASES.apiVersion, kind: 'Lease', metadata, spec };
  }
}

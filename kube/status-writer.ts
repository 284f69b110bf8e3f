// Writes statuses: only what differs, only our part, again when somebody was faster.
import { createHash } from 'node:crypto';
import type { ObjectKey } from '../api/meta.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { ApiConnectionError, ApiProtocolError, isApiStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { mergeStatus, type StatusMerge, sameJson } from './merge-status.ts';
import { type RawObject, readRawObject } from './raw-object.ts';
import { objectPath, type ResourceKind } from './resource-path.ts';

export interface StatusPatch {
  readonly kind: ResourceKind & { readonly kind: string };
  readonly key: ObjectKey;
  /** Our part of the status, conditions without lastTransitionTime: see mergeStatus. */
  readonly status: object;
  /** Of the object that the plan saw. Another object of that name is left alone. */
  readonly uid?: string;
  /** Of the object that the plan saw: when it is the one that we wrote or checked last, nothing is asked or written. */
  readonly resourceVersion?: string;
  /** Condition types of ours that shall go where `status` does not have them. */
  readonly retired?: readonly string[];
}

export interface StatusFailure {
  readonly patch: StatusPatch;
  readonly error: unknown;
}

/** As many failures are told in one message. */
const MAX_TOLD = 5;

/** Some statuses could not be written; each cause is in `failures` and `errors`. The others were, if the server is there. */
export class StatusWriteError extends AggregateError {
  readonly code = 'STATUS_WRITE';
  readonly failures: readonly StatusFailure[];

  constructor(failures: readonly StatusFailure[]) {
    const told = failures.slice(0, MAX_TOLD).map(({ patch, error }) => {
      return `${patch.kind.kind} ${patch.key}: ${Error.isError(error) ? error.message : String(error)}`;
    });
    const rest = failures.length - told.length;
    super(
      failures.map(({ error }) => error),
      `status not written: ${told.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
    );
    this.name = 'StatusWriteError';
    this.failures = failures;
  }
}

export interface StatusWriterOptions {
  readonly client: KubeApi;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Of so many objects it is remembered what they say; of those beyond, the longest unwritten are read again. */
  readonly maxSettled?: number;
}

/** In the object of that version our part is in place, or the server has refused it: there is nothing to write. */
interface Settled {
  /** A digest: parts of thousands of objects would take megabytes. */
  readonly part: string;
  readonly resourceVersion: string;
  readonly isRefused: boolean;
}

const CONFLICT_TRIES = 5;
const PARALLEL = 8;

export class StatusWriter {
  readonly #options: Required<StatusWriterOptions>;
  readonly #settled = new Map<string, Settled>();

  constructor(options: StatusWriterOptions) {
    this.#options = { clock: systemClock, maxSettled: 50_000, ...options };
  }

  /**
   * Brings the statuses into the objects. An object that is gone (or is another by now) is no failure. Tries every
   * patch while the server can be reached, then throws StatusWriteError when some failed. What the server calls invalid
   * is a failure once, and not tried again before the object or our part of it changes.
   */
  async apply(patches: readonly StatusPatch[], signal: AbortSignal): Promise<void> {
    const queue = patches.filter((patch) => !this.#isSettled(patch));
    const failures: StatusFailure[] = [];
    const work = async (): Promise<void> => {
      for (let patch = queue.shift(); patch !== undefined && !signal.aborted; patch = queue.shift()) {
        try {
          await this.#write(patch, signal);
        } catch (error) {
          failures.push({ patch, error });
          if (error instanceof ApiConnectionError) queue.length = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    signal.throwIfAborted();
    if (failures.length > 0) throw new StatusWriteError(failures);
  }

  /** Whether the server has called this invalid, so that it is not even tried before something changes. */
  isRefused(patch: StatusPatch): boolean {
    const settled = this.#settled.get(idOf(patch));
    return settled !== undefined && settled.isRefused && settled.part === partOf(patch);
  }

  #isSettled(patch: StatusPatch, resourceVersion: string | undefined = patch.resourceVersion): boolean {
    const settled = this.#settled.get(idOf(patch));
    return settled !== undefined && settled.resourceVersion === resourceVersion && settled.part === partOf(patch);
  }

  #settle(patch: StatusPatch, resourceVersion: string, isRefused = false): void {
    const id = idOf(patch);
    this.#settled.delete(id); // a Map keeps its order: what was written last goes to the end
    this.#settled.set(id, { part: partOf(patch), resourceVersion, isRefused });
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > this.#options.maxSettled && oldest !== undefined) this.#settled.delete(oldest);
  }

  async #write(patch: StatusPatch, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryToWrite(patch, signal);
      } catch (error) {
        if (isApiStatus(error, 404)) return void this.#settled.delete(idOf(patch));
        if (!isApiStatus(error, 409) || attempt >= CONFLICT_TRIES) throw error;
      }
    }
  }

  async #tryToWrite(patch: StatusPatch, signal: AbortSignal): Promise<void> {
    const object = asObject(await this.#options.client.request('GET', objectPath(patch.kind, patch.key), { signal }));
    const { uid, resourceVersion } = object.metadata;
    if (patch.uid !== undefined && patch.uid !== uid) return void this.#settled.delete(idOf(patch));
    if (this.#isSettled(patch, resourceVersion)) return;
    const now = `${new Date(this.#options.clock.now()).toISOString().slice(0, 19)}Z`;
    const { observed, desired } = asJson(object['status'], patch.status);
    const status = mergeStatus({ observed, desired, retired: patch.retired ?? [], now });
    if (sameJson(observed, status)) return this.#settle(patch, resourceVersion);
    try {
      this.#settle(patch, await this.#put(patch, { ...object, status }, signal));
    } catch (error) {
      if (isApiStatus(error, 422)) this.#settle(patch, resourceVersion, true);
      throw error;
    }
  }

  /** Resolves with the resourceVersion of what the server made of it. */
  async #put({ kind, key }: StatusPatch, body: RawObject, signal: AbortSignal): Promise<string> {
    const { client, log } = this.#options;
    const answer = await client.request('PUT', objectPath(kind, key, 'status'), { body, signal });
    log.debug({ kind: kind.kind, object: key }, 'status written');
    return asObject(answer).metadata.resourceVersion;
  }
}

function idOf({ kind, key }: StatusPatch): string {
  return `${kind.kind} ${key}`;
}

function partOf({ status, retired }: StatusPatch): string {
  return createHash('sha256')
    .update(JSON.stringify([status, retired]))
    .digest('base64');
}

function asObject(answer: unknown): RawObject {
  const object = readRawObject(answer);
  if (object === undefined) throw new ApiProtocolError('the API server answered with something that is no object');
  return object;
}

/** Both sides as plain JSON, undefined fields gone. */
function asJson(observed: unknown, desired: object): Pick<StatusMerge, 'observed' | 'desired'> {
  return JSON.parse(JSON.stringify({ observed: observed ?? {}, desired }));
}

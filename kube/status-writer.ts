// Writes statuses: only what differs, only our part, again when somebody was faster.
import type { ObjectKey } from '../api/meta.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { ApiProtocolError, isApiStatus } from './api-error.ts';
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

/** Some statuses could not be written; each cause is in `errors`. The others were. */
export class StatusWriteError extends AggregateError {
  readonly code = 'STATUS_WRITE';

  constructor(failures: readonly { readonly patch: StatusPatch; readonly error: unknown }[]) {
    const names = failures.map(({ patch }) => `${patch.kind.kind} ${patch.key}`).join(', ');
    super(
      failures.map(({ error }) => error),
      `status not written: ${names}`,
    );
    this.name = 'StatusWriteError';
  }
}

export interface StatusWriterOptions {
  readonly client: KubeApi;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** What we know to be in place: our part, in the object of that version. */
interface Settled {
  readonly part: string;
  readonly resourceVersion: string;
}

const CONFLICT_TRIES = 5;
const PARALLEL = 8;

export class StatusWriter {
  readonly #options: Required<StatusWriterOptions>;
  readonly #settled = new Map<string, Settled>();

  constructor(options: StatusWriterOptions) {
    this.#options = { clock: systemClock, ...options };
  }

  /**
   * Brings the statuses into the objects. An object that is gone (or is another by now) is no failure. Tries every
   * patch, then throws StatusWriteError when some failed.
   */
  async apply(patches: readonly StatusPatch[], signal: AbortSignal): Promise<void> {
    const queue = patches.filter((patch) => !this.#isSettled(patch));
    const failures: { patch: StatusPatch; error: unknown }[] = [];
    const work = async (): Promise<void> => {
      for (let patch = queue.shift(); patch !== undefined && !signal.aborted; patch = queue.shift()) {
        try {
          await this.#write(patch, signal);
        } catch (error) {
          failures.push({ patch, error });
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    signal.throwIfAborted();
    if (failures.length > 0) throw new StatusWriteError(failures);
  }

  #isSettled(patch: StatusPatch): boolean {
    const settled = this.#settled.get(idOf(patch));
    return settled !== undefined && settled.resourceVersion === patch.resourceVersion && settled.part === partOf(patch);
  }

  async #write(patch: StatusPatch, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#tryToWrite(patch, signal).catch((error: unknown) => {
        if (isApiStatus(error, 409) && attempt < CONFLICT_TRIES) return 'conflict';
        if (isApiStatus(error, 404)) return undefined;
        throw error;
      });
      if (outcome === 'conflict') continue;
      if (outcome === undefined) this.#settled.delete(idOf(patch));
      else this.#settled.set(idOf(patch), { part: partOf(patch), resourceVersion: outcome });
      return;
    }
  }

  /** Resolves with the resourceVersion of the object that has our part now; undefined when there is no such object. */
  async #tryToWrite(patch: StatusPatch, signal: AbortSignal): Promise<string | undefined> {
    const { client, clock, log } = this.#options;
    const object = asObject(await client.request('GET', objectPath(patch.kind, patch.key), { signal }));
    if (patch.uid !== undefined && patch.uid !== object.metadata.uid) return undefined;
    const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
    const { observed, desired } = asJson(object['status'], patch.status);
    const status = mergeStatus({ observed, desired, retired: patch.retired ?? [], now });
    if (sameJson(observed, status)) return object.metadata.resourceVersion;
    const body = { ...object, status };
    const answer = await client.request('PUT', objectPath(patch.kind, patch.key, 'status'), { body, signal });
    log.debug({ kind: patch.kind.kind, object: patch.key }, 'status written');
    return asObject(answer).metadata.resourceVersion;
  }
}

function idOf({ kind, key }: StatusPatch): string {
  return `${kind.kind} ${key}`;
}

function partOf({ status, retired }: StatusPatch): string {
  return JSON.stringify([status, retired]);
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

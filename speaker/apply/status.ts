// Writes what this node does and what is wrong with objects: never in the way of convergence, and no oftener than useful.
import { isDeepStrictEqual } from 'node:util';
import type { LBNode } from '../../api/fairlead.ts';
import { API_VERSION } from '../../api/identity.ts';
import { KINDS } from '../../api/kinds.ts';
import { type ObjectMeta, objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import { createObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { StatusPatch, StatusWriter } from '../../kube/status-writer.ts';
import type { Clock } from '../../runtime/clock.ts';
import { findNamesake } from '../plan/namesake.ts';
import type { DesiredNodeStatus } from '../plan/node-status.ts';
import type { ObjectStatus } from '../plan/object-status.ts';

/** A living node writes at least so often, in ms: a third of the time after which others count it as gone. */
export const HEARTBEAT_MS = 5000;
/** A count of connections that moves is written at most so often, in ms. */
const CONNECTIONS_MS = 1000;

export interface StatusOptions {
  readonly client: KubeApi;
  readonly writer: StatusWriter;
  readonly events: Pick<EventRecorder, 'event'>;
  readonly clock: Clock;
  readonly node: string;
}

/** Which object of a name was seen, and how new. */
export type ObjectVersion = Pick<ObjectMeta, 'uid' | 'resourceVersion'>;

/** What shall be written, and the objects that it is about, as last seen. */
export interface StatusInput {
  readonly node: DesiredNodeStatus;
  /** The LBNode of this node as last seen; undefined while there is none. */
  readonly own: LBNode | undefined;
  readonly objects: readonly ObjectStatus[];
  readonly find: (kind: ObjectStatus['kind'], name: string) => ObjectVersion | undefined;
}

export class SpeakerStatus {
  readonly #options: StatusOptions;
  readonly #told = new Map<string, string>();
  #written: DesiredNodeStatus | undefined;
  #writtenAt = 0;
  #namesake: string | undefined;

  constructor(options: StatusOptions) {
    this.#options = options;
  }

  /** Throws ApiError, ApiConnectionError or StatusWriteError; what was not written is tried again by the next call. */
  async apply(input: StatusInput, signal: AbortSignal): Promise<void> {
    this.#tellEvents(input);
    this.#tellNamesake(input.own);
    const patches = input.objects.map((object) => patchOfObject(object, input.find(object.kind, object.name)));
    if (!this.#isWorthWriting(input.node)) return this.#options.writer.apply(patches, signal);
    if (input.own === undefined) await this.#createNode(signal);
    await this.#options.writer.apply([patchOfNode(this.#options.node, input.node), ...patches], signal);
    this.#written = input.node;
    this.#writtenAt = this.#options.clock.monotonic();
  }

  #isWorthWriting(next: DesiredNodeStatus): boolean {
    const age = this.#options.clock.monotonic() - this.#writtenAt;
    if (this.#written === undefined || age >= HEARTBEAT_MS) return true;
    const before = this.#written;
    const steady = { heartbeatTime: '', connections: 0 };
    if (!isDeepStrictEqual({ ...before, ...steady }, { ...next, ...steady })) return true;
    return before.connections !== next.connections && age >= CONNECTIONS_MS;
  }

  /** Two speakers with one node name take turns in one LBNode, and nothing that it says is true of either. */
  #tellNamesake(own: LBNode | undefined): void {
    const namesake = own && this.#written && findNamesake(own, this.#written);
    if (own === undefined || namesake === undefined || namesake === this.#namesake) return;
    this.#namesake = namesake;
    this.#options.events.event({
      regarding: {
        apiVersion: API_VERSION,
        kind: 'LBNode',
        namespace: undefined,
        name: own.metadata.name,
        uid: own.metadata.uid,
      },
      type: 'Warning',
      reason: 'NodeNameTaken',
      message: `the speakers at ${this.#written?.nodeAddresses.join(', ')} and at ${namesake} both call themselves ${own.metadata.name}: each node needs a --node of its own`,
      action: 'Announce',
    });
  }

  async #createNode(signal: AbortSignal): Promise<void> {
    const { client, node } = this.#options;
    try {
      await createObject({ client, kind: KINDS.LBNode, key: objectKey(undefined, node) }, { spec: {} }, signal);
    } catch (error) {
      if (!isApiStatus(error, 409)) throw error;
    }
  }

  /** One event for each new problem; the recorder counts repetitions. */
  #tellEvents({ objects, find }: StatusInput): void {
    for (const { kind, name, condition } of objects) {
      const id = `${kind} ${name}`;
      const text = condition.status === 'True' ? '' : `${condition.reason}: ${condition.message}`;
      const before = this.#told.get(id) ?? '';
      this.#told.set(id, text);
      if (text === '' || text === before) continue;
      const uid = find(kind, name)?.uid ?? '';
      this.#options.events.event({
        regarding: { apiVersion: API_VERSION, kind, namespace: undefined, name, uid },
        type: 'Warning',
        reason: condition.reason,
        message: condition.message,
        action: 'Announce',
      });
    }
  }
}

/** A count that nobody reports any more is taken out. */
function patchOfNode(name: string, status: DesiredNodeStatus): StatusPatch {
  return {
    kind: KINDS.LBNode,
    key: objectKey(undefined, name),
    status: { ...status, connections: status.connections ?? null },
  };
}

function patchOfObject({ kind, name, condition }: ObjectStatus, seen: ObjectVersion | undefined): StatusPatch {
  const patch = { kind: KINDS[kind], key: objectKey(undefined, name), status: { conditions: [condition] } };
  return seen === undefined ? patch : { ...patch, uid: seen.uid, resourceVersion: seen.resourceVersion };
}

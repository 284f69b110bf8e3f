// All kinds that a program watches, as one world that is complete before anybody acts on it.
import type { KindRow } from '../api/kinds.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Logger } from '../runtime/logger.ts';
import type { KubeApi } from './client.ts';
import { ListWatch, type ListWatchOptions, type ListWatchState } from './list-watch.ts';
import { ObjectStore, type Refusal } from './object-store.ts';

type Scope = Pick<ListWatchOptions<KubeObject>, 'namespace' | 'labelSelector' | 'fieldSelector' | 'watchSeconds'>;

export interface WatchKindsOptions {
  readonly client: KubeApi;
  readonly kinds: readonly KindRow[];
  /** Called once when every kind has been listed, then after each change that mattered. */
  readonly onChange: () => void;
  readonly log: Logger;
  /** Narrows single kinds, by kind name. */
  readonly scopes?: Readonly<Record<string, Scope>>;
}

export interface World {
  /** The store of a kind that is watched; asking for another is a bug. */
  store<T extends KubeObject>(kind: KindRow<T>): ObjectStore<T>;
  /** Every object that did not parse. */
  refusals(): readonly Refusal[];
  /** Resolves when every kind has been listed once, and when the signal aborts. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** How each kind's watch stands, by kind name. */
  states(): Readonly<Record<string, ListWatchState>>;
  /** Resolves when every watch has ended after the signal aborted. */
  readonly stopped: Promise<void>;
}

/** Starts to watch the kinds; runs until the signal aborts. A kind that the server does not know counts as empty. */
export function watchKinds(options: WatchKindsOptions, signal: AbortSignal): World {
  let isSynced = false;
  const onChange = (): void => {
    if (isSynced) options.onChange();
  };
  const watches = options.kinds.map((kind) => startWatch({ ...options, onChange }, kind));
  const stores = new Map(watches.map(({ kind, store }) => [kind, store]));
  const becomeSynced = async (): Promise<void> => {
    await Promise.all(watches.map(({ watch }) => watch.synced));
    isSynced = !signal.aborted;
    onChange();
  };
  return {
    store<T extends KubeObject>(kind: KindRow<T>): ObjectStore<T> {
      const store = stores.get(kind.kind);
      if (store === undefined) throw new Error(`bug: ${kind.kind} is not watched`);
      return store as unknown as ObjectStore<T>; // the store was filled by this row's parser
    },
    refusals: () => watches.flatMap(({ store }) => store.refusals()),
    synced: becomeSynced(),
    get isSynced() {
      return isSynced;
    },
    states: () => Object.fromEntries(watches.map(({ kind, watch }) => [kind, watch.state])),
    stopped: runAll(watches, signal),
  };
}

async function runAll(watches: readonly Watched[], signal: AbortSignal): Promise<void> {
  await Promise.all(watches.map(({ watch }) => watch.run(signal)));
}

interface Watched {
  readonly kind: string;
  readonly store: ObjectStore<KubeObject>;
  readonly watch: ListWatch<KubeObject>;
}

function startWatch({ client, onChange, log, scopes = {} }: WatchKindsOptions, kind: KindRow): Watched {
  const store = new ObjectStore<KubeObject>();
  const watch = new ListWatch({ client, kind, store, onChange, log, ...scopes[kind.kind] });
  return { kind: kind.kind, store, watch };
}

import { describe, expect, test } from '@jest/globals';
import type { Service } from '../../api/core.ts';
import { KINDS } from '../../api/kinds.ts';
import { anonymousAccess } from '../../kube/access.ts';
import { KubeClient } from '../../kube/client.ts';
import { ListWatch } from '../../kube/list-watch.ts';
import { ObjectStore } from '../../kube/object-store.ts';
import { eventually } from '../support/eventually.ts';
import { type Fault, FaultServer } from '../support/fault-server.ts';
import { quietLog } from '../support/quiet-log.ts';

interface Rig extends AsyncDisposable {
  readonly server: FaultServer;
  readonly store: ObjectStore<Service>;
  readonly watch: ListWatch<Service>;
  readonly changes: () => number;
}

/** A fault server with two Services, and a list-watch on it that is started by `prepare`'s end. */
async function rig(prepare: (server: FaultServer) => void = () => {}): Promise<Rig> {
  await using undo = new AsyncDisposableStack();
  const server = undo.use(await FaultServer.start());
  server.put('a');
  server.put('b');
  prepare(server);
  const client = undo.use(new KubeClient(anonymousAccess(server.url), { silenceMarginMs: 100, maxEventBytes: 10_000 }));
  const store = new ObjectStore<Service>();
  let changes = 0;
  const onChange = (): void => void changes++;
  const options = { client, kind: KINDS.Service, store, onChange, log: quietLog(), watchSeconds: 1, maxBackoffMs: 50 };
  const watch = new ListWatch(options);
  const stop = new AbortController();
  const running = watch.run(stop.signal);
  undo.defer(async () => {
    stop.abort();
    await running;
  });
  const all = undo.move();
  return { server, store, watch, changes: () => changes, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function names(store: ObjectStore<Service>): readonly string[] {
  return store.list().map(({ metadata }) => metadata.name);
}

async function untilWatching(server: FaultServer, watches = 1): Promise<void> {
  await eventually(() => expect(server.count('watch')).toBeGreaterThanOrEqual(watches));
}

describe('a list-watch', () => {
  test('is synced with the whole list, then follows the events', async () => {
    await using one = await rig();
    await one.watch.synced;
    expect(names(one.store)).toEqual(['a', 'b']);
    await untilWatching(one.server);
    one.server.put('c');
    one.server.remove('a');
    await eventually(() => expect(names(one.store)).toEqual(['b', 'c']));
    expect(one.changes()).toBe(3);
  });

  test('reads a long list page by page', async () => {
    await using one = await rig((server) => {
      for (let i = 0; i < 1200; i++) server.put(`s${i}`);
    });
    await one.watch.synced;
    expect(names(one.store)).toHaveLength(1202);
    expect(one.server.requests.map(({ query }) => query.get('continue')).slice(0, 3)).toEqual([null, '500', '1000']);
  });

  test('an event that changes nothing wakes nobody', async () => {
    await using one = await rig();
    await untilWatching(one.server);
    one.server.put('a');
    one.server.put('c');
    await eventually(() => expect(names(one.store)).toContain('c'));
    expect(one.changes()).toBe(2);
  });

  test('comes back with the resourceVersion of the last bookmark when the server ends the watch', async () => {
    await using one = await rig();
    await untilWatching(one.server);
    one.server.bookmark();
    one.server.endWatches();
    await untilWatching(one.server, 2);
    expect(one.server.requests.at(-1)?.query.get('resourceVersion')).toBe('103');
    expect(one.server.requests.at(-1)?.query.get('allowWatchBookmarks')).toBe('true');
    expect(one.server.count('list')).toBe(1);
  });

  test('resumes without a list after a reset and misses nothing', async () => {
    await using one = await rig();
    await untilWatching(one.server);
    one.server.resetWatches();
    one.server.put('c');
    await eventually(() => expect(names(one.store)).toEqual(['a', 'b', 'c']));
    expect(one.server.count('list')).toBe(1);
  });

  test('an object that does not parse is refused, the others stay', async () => {
    await using one = await rig((server) => server.put('bad', { spec: { ports: 'many' } }));
    await one.watch.synced;
    expect(names(one.store)).toEqual(['a', 'b']);
    expect(one.store.refusals()).toMatchObject([{ key: 'default/bad', errors: [{ path: 'spec.ports' }] }]);
    one.server.put('bad');
    await eventually(() => expect(names(one.store)).toEqual(['a', 'b', 'bad']));
    expect(one.store.refusals()).toEqual([]);
  });

  test('a kind that the server does not know counts as empty', async () => {
    await using one = await rig((server) => server.next('list', { kind: 'status', status: 404 }));
    await one.watch.synced;
    await eventually(() => expect(names(one.store)).toEqual(['a', 'b']));
  });

  test('stays away as long as Retry-After says', async () => {
    await using one = await rig((server) => server.next('list', { kind: 'status', status: 429, retryAfterSeconds: 1 }));
    await eventually(() => expect(one.watch.state).toMatchObject({ kind: 'waiting' }));
    const since = performance.now();
    await one.watch.synced;
    expect(performance.now() - since).toBeGreaterThan(800);
  });
});

const LIST_FAULTS: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 410 },
  { kind: 'reset' },
  { kind: 'text', text: 'not json' },
  { kind: 'text', text: '{"kind":"Status"}' },
  { kind: 'slow', ms: 100 },
];

test.each(LIST_FAULTS)('a first list that ends in $kind $status$text is tried again', async (fault) => {
  await using one = await rig((server) => {
    server.next('list', fault);
    server.next('list', fault);
  });
  await one.watch.synced;
  expect(names(one.store)).toEqual(['a', 'b']);
});

interface WatchCase {
  readonly fault: Fault;
  readonly relists: boolean;
}

const WATCH_FAULTS: readonly WatchCase[] = [
  { fault: { kind: 'status', status: 410 }, relists: true },
  { fault: { kind: 'error event', status: 410 }, relists: true },
  { fault: { kind: 'error event', status: 500 }, relists: false },
  { fault: { kind: 'status', status: 503 }, relists: false },
  { fault: { kind: 'reset' }, relists: false },
  { fault: { kind: 'silence' }, relists: false },
  { fault: { kind: 'text', text: 'garbage\n' }, relists: true },
  { fault: { kind: 'text', text: '{"type":"PARTY"}\n' }, relists: true },
  { fault: { kind: 'text', text: `${'x'.repeat(20_000)}\n` }, relists: true },
  { fault: { kind: 'text', text: '{"type":"ADDED","object":{"kind":"Ser' }, relists: true },
];

test.each(WATCH_FAULTS)('a watch that ends in %j comes back', async ({ fault, relists }) => {
  await using one = await rig((server) => server.next('watch', fault));
  await one.watch.synced;
  await untilWatching(one.server);
  one.server.put('c');
  await eventually(() => expect(names(one.store)).toEqual(['a', 'b', 'c']));
  expect(one.server.count('list') > 1).toBe(relists);
});

test('a resourceVersion that fails again and again is given up for a list', async () => {
  await using one = await rig((server) => {
    for (let i = 0; i < 3; i++) server.next('watch', { kind: 'status', status: 504 });
  });
  await eventually(() => expect(one.server.count('list')).toBe(2));
});

test('objects that went while the history was lost are gone after the relist', async () => {
  await using one = await rig();
  await untilWatching(one.server);
  one.server.next('watch', { kind: 'reset' });
  one.server.resetWatches();
  one.server.remove('a');
  one.server.compact();
  await eventually(() => expect(names(one.store)).toEqual(['b']));
});

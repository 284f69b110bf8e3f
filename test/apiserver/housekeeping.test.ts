import { expect, test } from '@jest/globals';
import { expireEvents } from '../../apiserver/gc/expire-events.ts';
import { compaction } from '../../apiserver/housekeeping.ts';
import { nameOf } from '../../apiserver/object.ts';
import { memoryJournal } from '../../apiserver/storage/journal.ts';
import { Store } from '../../apiserver/storage/store.ts';

const MINUTE = 60_000;

test('changes are kept for five minutes and then forgotten', () => {
  const store = new Store(memoryJournal());
  const compact = compaction(store);
  const moments: number[] = [];
  for (let minute = 0; minute <= 6; minute++) {
    store.put('things', { metadata: { name: `m${minute}` } });
    moments.push(store.revision);
    compact(minute * MINUTE);
  }
  expect(store.compacted).toBe(moments[1]);
});

test('an Event goes an hour after it last happened, a young or repeated one stays', async () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const store = new Store(memoryJournal());
  const event = (name: string, more: object): void => {
    store.put('events', { metadata: { name, creationTimestamp: '2026-01-01T10:00:00Z' }, ...more });
  };
  event('old', {});
  event('counted', { lastTimestamp: '2026-01-01T11:30:00Z' });
  event('series', { series: { count: 3, lastObservedTime: '2026-01-01T11:59:00.000000Z' } });
  await expireEvents(store, now);
  expect(store.list('events').items.map(nameOf)).toEqual(['counted', 'series']);
});

test('thousands of old Events go without keeping others waiting', async () => {
  const store = new Store({ ...memoryJournal(), append: () => pause(1) });
  for (let i = 0; i < 100; i++) store.put('events', { metadata: { name: `e${i}` } });
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await expireEvents(store, Date.now());
  clearInterval(others);
  expect(store.count('events')).toBe(0);
  expect(turns).toBeGreaterThan(2);
});

/** A disk that takes its time. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

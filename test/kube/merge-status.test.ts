import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type JsonObject, mergeStatus, sameJson } from '../../kube/merge-status.ts';

const NOW = '2026-01-02T00:00:00Z';
const THEN = '2026-01-01T00:00:00Z';
const OURS = 'fairlead.dev/gateway-controller';

function merge(observed: JsonObject, desired: JsonObject, retired: readonly string[] = []): JsonObject {
  return mergeStatus({ observed, desired, retired, now: NOW });
}

describe('conditions', () => {
  const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'fine' };

  test('a new condition gets the time of now', () => {
    expect(merge({}, { conditions: [accepted] })).toEqual({ conditions: [{ ...accepted, lastTransitionTime: NOW }] });
  });

  test('a condition whose status stays keeps its time, even when the message changes', () => {
    const observed = { conditions: [{ ...accepted, message: 'old', lastTransitionTime: THEN }] };
    expect(merge(observed, { conditions: [accepted] })).toEqual({
      conditions: [{ ...accepted, lastTransitionTime: THEN }],
    });
  });

  test('a condition whose status changes gets the time of now', () => {
    const observed = { conditions: [{ ...accepted, status: 'False', lastTransitionTime: THEN }] };
    expect(merge(observed, { conditions: [accepted] })).toMatchObject({ conditions: [{ lastTransitionTime: NOW }] });
  });

  test('a foreign condition stays, a retired one of ours goes', () => {
    const foreign = { type: 'acme.example/Scanned', status: 'True', lastTransitionTime: THEN };
    const stale = { type: 'PartiallyInvalid', status: 'True', lastTransitionTime: THEN };
    const merged = merge({ conditions: [foreign, stale] }, { conditions: [accepted] }, ['PartiallyInvalid']);
    expect(merged['conditions']).toEqual([foreign, { ...accepted, lastTransitionTime: NOW }]);
  });
});

describe('parents of a route', () => {
  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
  const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };

  test("another controller's entries stay, our former ones go", () => {
    const foreign = { parentRef: { name: 'other' }, controllerName: 'acme.example/gw', conditions: [] };
    const former = { parentRef: { name: 'gone' }, controllerName: OURS, conditions: [] };
    const wanted = { parentRef, controllerName: OURS, conditions: [condition] };
    expect(merge({ parents: [foreign, former] }, { parents: [wanted] })['parents']).toEqual([
      foreign,
      { ...wanted, conditions: [{ ...condition, lastTransitionTime: NOW }] },
    ]);
  });

  test('the same parentRef keeps its times, whether or not its defaults are written out', () => {
    const before = { parentRef, controllerName: OURS, conditions: [{ ...condition, lastTransitionTime: THEN }] };
    const wanted = { parentRef: { name: 'edge', port: undefined }, controllerName: OURS, conditions: [condition] };
    expect(merge({ parents: [before] }, { parents: [wanted] })).toMatchObject({
      parents: [{ conditions: [{ lastTransitionTime: THEN }] }],
    });
  });
});

describe('other fields', () => {
  test('listeners go by name and keep their times', () => {
    const ready = { type: 'Programmed', status: 'True', reason: 'Programmed', message: '' };
    const before = [
      { name: 'gone', conditions: [] },
      { name: 'http', attachedRoutes: 0, conditions: [{ ...ready, lastTransitionTime: THEN }] },
    ];
    const merged = merge(
      { listeners: before },
      { listeners: [{ name: 'http', attachedRoutes: 2, conditions: [ready] }] },
    );
    expect(merged['listeners']).toEqual([
      { name: 'http', attachedRoutes: 2, conditions: [{ ...ready, lastTransitionTime: THEN }] },
    ]);
  });

  test('what we do not name stays, what we name is replaced, null removes', () => {
    const merged = merge({ addresses: ['a'], loadBalancer: { x: 1 }, old: 1 }, { loadBalancer: { y: 2 }, old: null });
    expect(merged).toEqual({ addresses: ['a'], loadBalancer: { y: 2 } });
  });
});

const condition = fc.record({
  type: fc.constantFrom('A', 'B', 'C', 'acme/D'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  reason: fc.string(),
  message: fc.string(),
});
const conditions = fc.uniqueArray(condition, { selector: ({ type }) => type });
const stamped = conditions.map((list) => list.map((one) => ({ ...one, lastTransitionTime: THEN })));
const parents = (list: typeof stamped | typeof conditions) =>
  fc.uniqueArray(
    fc.record({
      parentRef: fc.record({ name: fc.constantFrom('x', 'y') }),
      controllerName: fc.constantFrom(OURS, 'acme.example/gw'),
      conditions: list,
    }),
    { selector: ({ parentRef, controllerName }) => `${parentRef.name} ${controllerName}` },
  );
const observedStatus = fc.record({ conditions: stamped, parents: parents(stamped), other: fc.string() });
const desiredStatus = fc.record({
  conditions,
  parents: parents(conditions).map((list) => list.filter(({ controllerName }) => controllerName === OURS)),
});

describe('whatever the statuses', () => {
  test('merging twice is merging once, so there is nothing to write', () => {
    fc.assert(
      fc.property(observedStatus, desiredStatus, (observed, desired) => {
        const once = merge(observed, desired);
        expect(sameJson(once, mergeStatus({ observed: once, desired, retired: [], now: 'later' }))).toBe(true);
      }),
    );
  });

  test('foreign conditions, parents and fields come through unchanged', () => {
    fc.assert(
      fc.property(observedStatus, desiredStatus, (observed, desired) => {
        const merged = merge(observed, desired);
        const ours = new Set(desired.conditions.map(({ type }) => type));
        const foreign = observed.conditions.filter(({ type }) => !ours.has(type));
        expect(merged['conditions']).toEqual(expect.arrayContaining(foreign));
        const others = observed.parents.filter(({ controllerName }) => controllerName !== OURS);
        expect(merged['parents']).toEqual(expect.arrayContaining(others));
        expect(merged['other']).toBe(observed.other);
      }),
    );
  });
});

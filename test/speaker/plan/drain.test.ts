import { describe, expect, test } from '@jest/globals';
import type { LBNode } from '../../../api/fairlead.ts';
import { PREPARE_TIMEOUT_MS, planDrain, resumeDrain, WITHDRAWN_SETTLE_MS } from '../../../speaker/plan/drain.ts';
import type { DrainState } from '../../../speaker/snapshot.ts';
import { HEARTBEAT, lbNode, NOW, reporting, snapshotOf } from '../support/objects.ts';

const asked = lbNode('lb1', { spec: { draining: true } });
const heartbeatTime = HEARTBEAT;
const other = (status: object = {}): LBNode => lbNode('lb2', { status: { heartbeatTime, ...status } });
const ready = other({ secondChanceFor: ['lb1'] });
const since = (phase: DrainState['phase'], agoMs: number): DrainState => ({ phase, since: NOW - agoMs });

describe('planDrain', () => {
  test.each([
    { name: 'nobody asks', nodes: [lbNode('lb1')], drain: since('Serving', 9), expected: 'Serving' },
    {
      name: 'asked, and others are not ready',
      nodes: [asked, other()],
      drain: since('Serving', 9),
      expected: 'Preparing',
    },
    {
      name: 'asked, and all others are ready',
      nodes: [asked, ready],
      drain: since('Preparing', 1),
      expected: 'Draining',
    },
    {
      name: 'one of two others is not ready',
      nodes: [asked, ready, lbNode('lb3', { status: { heartbeatTime } })],
      drain: since('Preparing', 1),
      expected: 'Preparing',
    },
    {
      name: 'the only other is dead',
      nodes: [asked, lbNode('lb2')],
      drain: since('Preparing', 1),
      expected: 'Draining',
    },
    {
      name: 'others are never ready',
      nodes: [asked, other()],
      drain: since('Preparing', PREPARE_TIMEOUT_MS),
      expected: 'Draining',
    },
    { name: 'alone', nodes: [asked], drain: since('Serving', 9), expected: 'Draining' },
    {
      name: 'withdrawn a moment ago, no connections',
      nodes: [asked],
      drain: since('Draining', 1),
      expected: 'Draining',
    },
    {
      name: 'withdrawn for a while, no connections',
      nodes: [asked],
      drain: since('Draining', WITHDRAWN_SETTLE_MS),
      expected: 'Drained',
    },
    { name: 'drained', nodes: [asked], drain: since('Drained', 9), expected: 'Drained' },
    { name: 'taken back while draining', nodes: [lbNode('lb1')], drain: since('Draining', 9), expected: 'Serving' },
    { name: 'taken back after', nodes: [lbNode('lb1')], drain: since('Drained', 9), expected: 'Serving' },
  ] as const)('$name: $expected', ({ nodes, drain, expected }) => {
    expect(planDrain(snapshotOf({ nodes, drain })).state.phase).toBe(expected);
  });

  test('live connections keep the node draining', () => {
    const served = reporting([], { connections: 1 });
    const drain = since('Draining', 60_000);
    expect(planDrain(snapshotOf({ nodes: [asked], drain, served })).state).toEqual(drain);
  });

  test('a dead proxy has no connections to wait for', () => {
    const drain = since('Draining', WITHDRAWN_SETTLE_MS);
    expect(planDrain(snapshotOf({ nodes: [asked], drain, served: { kind: 'stale' } })).state.phase).toBe('Drained');
  });

  test('it asks to be looked at again when a wait can end by itself', () => {
    const preparing = planDrain(snapshotOf({ nodes: [asked, other()], drain: since('Serving', 9) }));
    expect(preparing.lookAgainAt).toBe(NOW + PREPARE_TIMEOUT_MS);
    expect(planDrain(snapshotOf()).lookAgainAt).toBeUndefined();
  });

  test('a restarted speaker takes up where it was', () => {
    expect(resumeDrain('Draining', NOW)).toEqual({ phase: 'Draining', since: NOW });
    expect(resumeDrain(undefined, NOW).phase).toBe('Serving');
  });
});

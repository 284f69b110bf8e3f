import { describe, expect, test } from '@jest/globals';
import type { LBNode } from '../../../api/fairlead.ts';
import {
  JOIN_AT_LEAST_MS,
  JOIN_TIMEOUT_MS,
  PREPARE_TIMEOUT_MS,
  planPhase,
  resumePhase,
  SETTLE_MS,
  WITHDRAWN_SETTLE_MS,
} from '../../../speaker/plan/phase.ts';
import type { PhaseState, SpeakerSnapshot } from '../../../speaker/snapshot.ts';
import { HEARTBEAT, ip, lbNode, NOW, reporting, snapshotOf } from '../support/objects.ts';

const VIP = '203.0.113.10';
const heartbeatTime = HEARTBEAT;
const self = lbNode('lb1');
const asked = lbNode('lb1', { spec: { draining: true } });
const other = (status: object = {}, name = 'lb2'): LBNode => lbNode(name, { status: { heartbeatTime, ...status } });
const ready = other({ secondChanceFor: ['lb1'] });
const announced = [{ address: VIP }];
const since = (name: PhaseState['name'], agoMs: number): PhaseState => ({ name, since: NOW - agoMs });

interface Case {
  readonly name: string;
  readonly nodes: readonly LBNode[];
  readonly phase: PhaseState;
  readonly given?: Partial<SpeakerSnapshot>;
  readonly expected: PhaseState['name'];
}

function phaseAfter({ nodes, phase, given }: Omit<Case, 'name' | 'expected'>): PhaseState['name'] {
  return planPhase({ ...snapshotOf({ nodes }), phase, ...given }).state.name;
}

describe('planPhase, on the way out', () => {
  test.each<Case>([
    { name: 'nobody asks', nodes: [self], phase: since('Serving', 9), expected: 'Serving' },
    { name: 'others are not ready', nodes: [asked, other()], phase: since('Serving', 9), expected: 'Preparing' },
    { name: 'all others are ready', nodes: [asked, ready], phase: since('Preparing', 1), expected: 'Draining' },
    {
      name: 'one of two others is not ready',
      nodes: [asked, ready, other({}, 'lb3')],
      phase: since('Preparing', 1),
      expected: 'Preparing',
    },
    {
      name: 'the only other is dead',
      nodes: [asked, lbNode('lb2')],
      phase: since('Preparing', 1),
      expected: 'Draining',
    },
    {
      name: 'others are never ready',
      nodes: [asked, other()],
      phase: since('Preparing', PREPARE_TIMEOUT_MS),
      expected: 'Draining',
    },
    { name: 'alone', nodes: [asked], phase: since('Serving', 9), expected: 'Draining' },
    { name: 'asked while it settles', nodes: [asked, other()], phase: since('Settling', 9), expected: 'Preparing' },
    {
      name: 'asked while it joins: nothing is announced that others had to prepare for',
      nodes: [asked, other()],
      phase: since('Joining', 9),
      given: { announced: [] },
      expected: 'Draining',
    },
    {
      name: 'what is announced is not known',
      nodes: [asked, other()],
      phase: since('Joining', 9),
      given: { announced: undefined },
      expected: 'Preparing',
    },
    { name: 'withdrawn a moment ago', nodes: [asked], phase: since('Draining', 1), expected: 'Draining' },
    {
      name: 'withdrawn for a while, no connections',
      nodes: [asked],
      phase: since('Draining', WITHDRAWN_SETTLE_MS),
      expected: 'Drained',
    },
    {
      name: 'withdrawn for a while, one connection lives',
      nodes: [asked],
      phase: since('Draining', 60_000),
      given: { served: reporting([], { connections: 1 }) },
      expected: 'Draining',
    },
    {
      name: 'a dead proxy has no connections to wait for',
      nodes: [asked],
      phase: since('Draining', WITHDRAWN_SETTLE_MS),
      given: { served: { kind: 'stale' } },
      expected: 'Drained',
    },
    { name: 'drained', nodes: [asked], phase: since('Drained', 9), expected: 'Drained' },
    { name: 'taken back before the withdrawal', nodes: [self], phase: since('Preparing', 9), expected: 'Serving' },
  ])('$name: $expected', ({ expected, ...given }) => {
    expect(phaseAfter(given)).toBe(expected);
  });
});

describe('planPhase, on the way in', () => {
  const withdrawn = { announced: [] };

  test.each<Case>([
    {
      name: 'others announce and are not ready',
      nodes: [self, other({ announced })],
      phase: since('Serving', 9),
      given: withdrawn,
      expected: 'Joining',
    },
    {
      name: 'drained, taken back',
      nodes: [self, other({ announced })],
      phase: since('Drained', 9),
      given: withdrawn,
      expected: 'Joining',
    },
    {
      name: 'draining, taken back',
      nodes: [self, other({ announced })],
      phase: since('Draining', 9),
      given: withdrawn,
      expected: 'Joining',
    },
    {
      name: 'nobody announces the address yet',
      nodes: [self, other()],
      phase: since('Serving', 9),
      given: withdrawn,
      expected: 'Serving',
    },
    {
      name: 'others announce another address',
      nodes: [self, other({ announced: [{ address: '203.0.113.99' }] })],
      phase: since('Serving', 9),
      given: withdrawn,
      expected: 'Serving',
    },
    {
      name: 'who announced is dead',
      nodes: [self, other({ announced, heartbeatTime: '2026-01-01T00:00:00Z' })],
      phase: since('Serving', 9),
      given: withdrawn,
      expected: 'Serving',
    },
    {
      name: 'nothing is served here',
      nodes: [self, other({ announced })],
      phase: since('Serving', 9),
      given: { ...withdrawn, served: reporting([]) },
      expected: 'Serving',
    },
    {
      name: 'a restarted speaker finds its routes',
      nodes: [self, other({ announced })],
      phase: since('Serving', 9),
      expected: 'Serving',
    },
    {
      name: 'the BGP daemon is out of reach',
      nodes: [self, other({ announced })],
      phase: since('Serving', 9),
      given: { announced: undefined },
      expected: 'Serving',
    },
    {
      name: 'one of two others is not ready',
      nodes: [self, other({ announced, secondChanceFor: ['lb1'] }), other({}, 'lb3')],
      phase: since('Joining', JOIN_AT_LEAST_MS),
      given: withdrawn,
      expected: 'Joining',
    },
    {
      name: 'all others are ready',
      nodes: [self, other({ announced, secondChanceFor: ['lb1'] })],
      phase: since('Joining', JOIN_AT_LEAST_MS),
      given: withdrawn,
      expected: 'Settling',
    },
    {
      name: 'all others were ready for an earlier time, and may be so no more',
      nodes: [self, other({ announced, secondChanceFor: ['lb1'] })],
      phase: since('Joining', JOIN_AT_LEAST_MS - 1),
      given: withdrawn,
      expected: 'Joining',
    },
    {
      name: 'others are never ready',
      nodes: [self, other({ announced })],
      phase: since('Joining', JOIN_TIMEOUT_MS),
      given: withdrawn,
      expected: 'Settling',
    },
    {
      name: 'its routes are there already',
      nodes: [self, other({ announced })],
      phase: since('Joining', 9),
      expected: 'Settling',
    },
    {
      name: 'its proxy died once more while it joined: the others stay prepared',
      nodes: [self, other({ announced })],
      phase: since('Joining', 9),
      given: { ...withdrawn, served: { kind: 'stale' } },
      expected: 'Settling',
    },
    {
      name: 'announced for a moment',
      nodes: [self, other({ announced })],
      phase: since('Settling', SETTLE_MS - 1),
      expected: 'Settling',
    },
    {
      name: 'announced for long',
      nodes: [self, other({ announced })],
      phase: since('Settling', SETTLE_MS),
      expected: 'Serving',
    },
    {
      name: 'its proxy died once more: what was moved is still passed on',
      nodes: [self, other({ announced })],
      phase: since('Settling', 9),
      given: { ...withdrawn, served: { kind: 'stale' } },
      expected: 'Settling',
    },
    {
      name: 'back a second time',
      nodes: [self, other({ announced })],
      phase: since('Settling', 9),
      given: withdrawn,
      expected: 'Joining',
    },
  ])('$name: $expected', ({ expected, ...given }) => {
    expect(phaseAfter(given)).toBe(expected);
  });
});

describe('planPhase', () => {
  test.each([
    { name: 'Preparing', nodes: [asked, other()], given: {}, afterMs: PREPARE_TIMEOUT_MS },
    { name: 'Draining', nodes: [asked, ready], given: {}, afterMs: WITHDRAWN_SETTLE_MS },
    { name: 'Joining', nodes: [self, other({ announced })], given: { announced: [] }, afterMs: JOIN_AT_LEAST_MS },
    { name: 'Settling', nodes: [self], given: { announced: [], phase: since('Joining', 9) }, afterMs: SETTLE_MS },
  ])('asks to be looked at again when $name can end by itself', ({ name, nodes, given, afterMs }) => {
    expect(planPhase(snapshotOf({ nodes, ...given }))).toEqual({
      state: { name, since: NOW },
      lookAgainAt: NOW + afterMs,
    });
  });

  test('a phase that waits keeps its beginning, and its deadline', () => {
    const phase = since('Joining', 400);
    const nodes = [self, other({ announced })];
    expect(planPhase(snapshotOf({ nodes, phase, announced: [] }))).toEqual({
      state: phase,
      lookAgainAt: phase.since + JOIN_TIMEOUT_MS,
    });
  });

  test('nothing ends by itself while a node serves', () => {
    expect(planPhase(snapshotOf({ announced: [ip(VIP)] })).lookAgainAt).toBeUndefined();
  });

  test('a restarted speaker takes up where it was', () => {
    expect(resumePhase('Draining', NOW)).toEqual({ name: 'Draining', since: NOW });
    expect(resumePhase(undefined, NOW).name).toBe('Serving');
  });
});

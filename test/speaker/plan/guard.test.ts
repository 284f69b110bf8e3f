import { describe, expect, test } from '@jest/globals';
import { planGuard, planSecondChance } from '../../../speaker/plan/guard.ts';
import type { HeldAddress } from '../../../speaker/snapshot.ts';
import { HEARTBEAT, ip, lbNode, NOW, snapshotOf } from '../support/objects.ts';

const heartbeatTime = HEARTBEAT;
const lb1 = lbNode('lb1', { status: { heartbeatTime, nodeAddresses: ['10.10.0.11'] } });
const lb2 = (spec: object, status: object = {}) =>
  lbNode('lb2', { spec, status: { heartbeatTime, nodeAddresses: ['10.10.0.12', 'fd10::12'], ...status } });
const lb3 = lbNode('lb3', { status: { heartbeatTime, nodeAddresses: ['10.10.0.13'] } });
const held: readonly HeldAddress[] = [{ address: ip('203.0.113.10'), ports: [80, 443], until: undefined }];

describe('planSecondChance', () => {
  test('while nobody comes or goes, nothing is passed on', () => {
    expect(planSecondChance(snapshotOf({ nodes: [lb1, lb2({}), lb3] }))).toEqual({ forNodes: [], targets: [] });
  });

  test('while one drains, packets are passed on to all others: also the nodes that stay lose flows to each other', () => {
    expect(planSecondChance(snapshotOf({ nodes: [lb1, lb2({ draining: true }), lb3] }))).toEqual({
      forNodes: ['lb2'],
      targets: ['10.10.0.12', '10.10.0.13', 'fd10::12'],
    });
  });

  test.each(['Preparing', 'Draining', 'Joining', 'Settling'] as const)('while another is %s, the same', (phase) => {
    expect(planSecondChance(snapshotOf({ nodes: [lb1, lb2({}, { phase }), lb3] })).forNodes).toEqual(['lb2']);
  });

  test.each(['Preparing', 'Draining', 'Joining', 'Settling'] as const)(
    'a node that is %s itself does so too',
    (name) => {
      const phase = { name, since: NOW };
      expect(planSecondChance(snapshotOf({ nodes: [lb1, lb3], phase }))).toEqual({
        forNodes: [],
        targets: ['10.10.0.13'],
      });
    },
  );

  test.each([
    { name: 'joins but is dead', node: lb2({}, { phase: 'Joining', heartbeatTime: '2026-01-01T00:00:00Z' }) },
    { name: 'is drained', node: lb2({ draining: true }, { phase: 'Drained' }) },
    { name: 'is dead', node: lb2({ draining: true }, { heartbeatTime: '2026-01-01T00:00:00Z' }) },
  ])('a node that $name is no reason any more', ({ node }) => {
    expect(planSecondChance(snapshotOf({ nodes: [lb1, node, lb3] })).targets).toEqual([]);
  });
});

describe('planGuard', () => {
  const textOf = (
    family: string,
    chance = { forNodes: [] as string[], targets: [] as ReturnType<typeof ip>[] },
  ): string => planGuard(held, chance).find((document) => document.family === family)?.text ?? '';

  test('served ports are guarded, in one atomic replacement', () => {
    const text = textOf('IPv4');
    expect(text).toContain('add table ip fairlead\ndelete table ip fairlead\ntable ip fairlead {');
    expect(text).toContain('elements = { 203.0.113.10 . 80, 203.0.113.10 . 443 }');
    expect(text).not.toContain('dup');
  });

  test('a family without held addresses has no table', () => {
    expect(planGuard(held, { forNodes: [], targets: [] })).toContainEqual({
      family: 'IPv6',
      isEmpty: true,
      text: 'add table ip6 fairlead\ndelete table ip6 fairlead\n',
    });
  });

  test('second chances go to the targets of the same family, once', () => {
    const text = textOf('IPv4', { forNodes: ['lb2'], targets: [ip('10.10.0.12'), ip('fd10::12')] });
    expect(text).toContain('ip dscp 0x2d drop\n    ip dscp set 0x2d\n    dup to 10.10.0.12\n    drop');
    expect(text).not.toContain('fd10::12');
  });
});

import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../api/kinds.ts';
import { objectKey } from '../../../api/meta.ts';
import type { StatusPatch } from '../../../kube/status-writer.ts';
import { StatusLeader } from '../../../proxy/apply/status-leader.ts';
import type { ProxyEvent } from '../../../proxy/plan/events.ts';
import { eventually } from '../../support/eventually.ts';
import { quietLog } from '../../support/quiet-log.ts';

const patch: StatusPatch = { kind: KINDS.Gateway, key: objectKey('shop', 'edge'), status: {} };
const event = (message: string): ProxyEvent => ({
  regarding: { apiVersion: 'v1', kind: 'Gateway', namespace: 'shop', name: 'edge', uid: '' },
  type: 'Warning',
  reason: 'Invalid',
  message,
  action: 'Route',
});

describe('the leader', () => {
  test('writes what was planned before it led and since, repeats what failed, and says each problem once', async () => {
    const written: number[] = [];
    const recorded: string[] = [];
    let failures = 1;
    const leader = new StatusLeader({
      write: async (patches) => {
        if (failures-- > 0) throw new Error('conflict');
        written.push(patches.length);
      },
      record: ({ message }) => recorded.push(message),
      log: quietLog(),
    });
    leader.set([patch], [event('broken')]);
    const end = new AbortController();
    const leading = leader.lead(end.signal);
    await eventually(() => expect(written).toEqual([1]));
    leader.set([patch, patch], [event('broken'), event('worse')]);
    await eventually(() => expect(written).toEqual([1, 2]));
    leader.set([], []);
    await eventually(() => expect(written).toEqual([1, 2, 0]));
    leader.set([patch], [event('broken')]);
    await eventually(() => expect(written).toEqual([1, 2, 0, 1]));
    expect(recorded).toEqual(['broken', 'worse', 'broken']);
    end.abort();
    await leading;
    leader.set([patch], []);
    expect(written).toHaveLength(4);
  });
});

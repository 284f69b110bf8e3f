import { describe, expect, test } from '@jest/globals';
import type { LBNode } from '../../../api/fairlead.ts';
import { KINDS } from '../../../api/kinds.ts';
import { objectKey } from '../../../api/meta.ts';
import { createObject, getObject } from '../../../kube/apply-object.ts';
import type { KubeApi } from '../../../kube/client.ts';
import { EventRecorder } from '../../../kube/event-recorder.ts';
import { readRawObject } from '../../../kube/raw-object.ts';
import { StatusWriter } from '../../../kube/status-writer.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { HEARTBEAT_MS, type ObjectVersion, SpeakerStatus } from '../../../speaker/apply/status.ts';
import { planNodeStatus } from '../../../speaker/plan/node-status.ts';
import { startEmbeddedServer } from '../../support/embedded-server.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { lbNode, NOW, snapshotOf } from '../support/objects.ts';

const never = new AbortController().signal;

describe('what a speaker writes', () => {
  test('costs nothing while the objects are as it wrote them', async () => {
    await using server = await startEmbeddedServer();
    const peer = { client: server.client, kind: KINDS.BGPPeer, key: objectKey(undefined, 'tor') };
    const spec = { localASN: 64511, peerASN: 64500, peerAddress: '10.10.0.1' };
    await createObject(peer, { spec }, never);
    const requests: string[] = [];
    const client: KubeApi = {
      request: (method, path, options) => {
        requests.push(`${method} ${path}`);
        return server.client.request(method, path, options);
      },
      watch: (path, query, signal) => server.client.watch(path, query, signal),
    };
    const log = quietLog();
    const events = new EventRecorder({ client, component: 'fairlead-speaker', instance: 'lb1', log });
    const writer = new StatusWriter({ client, log });
    const status = new SpeakerStatus({ client, writer, events, clock: systemClock, node: 'lb1' });
    const facts = { verdicts: [], announced: [], sessions: new Map(), preparedFor: [], engineFault: undefined };
    const node = planNodeStatus(snapshotOf(), facts);
    const condition = { type: 'Accepted', status: 'True' as const, reason: 'Accepted', message: '' };
    const objects = [{ kind: 'BGPPeer' as const, name: 'tor', condition }];
    const look = async (): Promise<ObjectVersion | undefined> => readRawObject(await getObject(peer, never))?.metadata;
    const write = async (): Promise<void> => {
      const seen = await look();
      await status.apply({ node, own: undefined, objects, find: () => seen }, never);
    };

    await write();
    expect(requests).toContain('PUT /apis/fairlead.dev/v1alpha1/bgppeers/tor/status');
    expect(requests).toContain('PUT /apis/fairlead.dev/v1alpha1/lbnodes/lb1/status');
    requests.length = 0;
    await write();
    expect(requests).toEqual([]);
  });
});

describe('the LBNode', () => {
  const facts = { verdicts: [], announced: [], sessions: new Map(), preparedFor: [], engineFault: undefined };
  const LB1 = { kind: KINDS.LBNode, key: objectKey(undefined, 'lb1') };

  test('that somebody deleted is there again with the next heartbeat', async () => {
    await using server = await startEmbeddedServer();
    const { status, clock } = speakerStatus(server.client);
    const node = planNodeStatus(snapshotOf(), facts);
    const write = (): Promise<void> =>
      status.apply({ node, own: undefined, objects: [], find: () => undefined }, never);
    await write();
    await server.client.request('DELETE', '/apis/fairlead.dev/v1alpha1/lbnodes/lb1', { signal: never });
    clock.pass(HEARTBEAT_MS);
    await write();
    expect(await getObject({ client: server.client, ...LB1 }, never)).toMatchObject({ status: { phase: 'Serving' } });
  });

  test('that a second speaker of that name writes too is complained about, once', async () => {
    const { status, complaints } = speakerStatus(NOBODY);
    const at = (ms: number): string => new Date(NOW + ms).toISOString();
    const own = { ...planNodeStatus(snapshotOf(), facts), heartbeatTime: at(0) };
    const seen = (heartbeatTime: string, address: string): LBNode =>
      lbNode('lb1', { status: { heartbeatTime, nodeAddresses: [address] } });
    const write = (object: LBNode): Promise<void> =>
      status.apply({ node: own, own: object, objects: [], find: () => undefined }, never);
    await write(seen(at(-60_000), '10.10.0.99'));
    await write(seen(at(0), '10.10.0.11'));
    expect(complaints()).toEqual([]);
    await write(seen(at(1000), '10.10.0.99'));
    await write(seen(at(2000), '10.10.0.99'));
    expect(complaints()).toEqual([expect.stringMatching(/^NodeNameTaken: .*10\.10\.0\.99/)]);
  });
});

/** An API server that takes everything. */
const NOBODY: KubeApi = {
  request: async () => ({ metadata: { name: 'lb1' } }),
  watch: () => {
    throw new Error('bug: nobody watches here');
  },
};

interface Played {
  readonly status: SpeakerStatus;
  readonly clock: { pass(ms: number): void };
  /** Reason and message of each event. */
  readonly complaints: () => readonly string[];
}

function speakerStatus(client: KubeApi): Played {
  let now = 1_000_000;
  const log = quietLog();
  const told: string[] = [];
  const events = {
    event: ({ reason, message }: { reason: string; message: string }) => void told.push(`${reason}: ${message}`),
  };
  const clock = { ...systemClock, monotonic: () => now };
  const writer = new StatusWriter({ client, log });
  return {
    status: new SpeakerStatus({ client, writer, events, clock, node: 'lb1' }),
    clock: {
      pass: (ms) => {
        now += ms;
      },
    },
    complaints: () => told,
  };
}

import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../../api/kinds.ts';
import { objectKey } from '../../../api/meta.ts';
import { createObject, getObject } from '../../../kube/apply-object.ts';
import type { KubeApi } from '../../../kube/client.ts';
import { EventRecorder } from '../../../kube/event-recorder.ts';
import { readRawObject } from '../../../kube/raw-object.ts';
import { StatusWriter } from '../../../kube/status-writer.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { type ObjectVersion, SpeakerStatus } from '../../../speaker/apply/status.ts';
import { planNodeStatus } from '../../../speaker/plan/node-status.ts';
import { startEmbeddedServer } from '../../support/embedded-server.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { snapshotOf } from '../support/objects.ts';

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
      await status.apply({ node, nodeExists: false, objects, find: () => seen }, never);
    };

    await write();
    expect(requests).toContain('PUT /apis/fairlead.dev/v1alpha1/bgppeers/tor/status');
    expect(requests).toContain('PUT /apis/fairlead.dev/v1alpha1/lbnodes/lb1/status');
    requests.length = 0;
    await write();
    expect(requests).toEqual([]);
  });
});

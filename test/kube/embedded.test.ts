// The same client, list-watch, writers and events against the real embedded API server.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import { applyObject, createObject, deleteObject, getObject } from '../../kube/apply-object.ts';
import { EventRecorder } from '../../kube/event-recorder.ts';
import { readRawObject } from '../../kube/raw-object.ts';
import { StatusWriteError, StatusWriter } from '../../kube/status-writer.ts';
import { watchKinds } from '../../kube/world.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { quietLog } from '../support/quiet-log.ts';

let server: EmbeddedServer;
beforeAll(async () => {
  server = await startEmbeddedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const never = new AbortController().signal;
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];

function service(name: string) {
  return { client: server.client, kind: KINDS.Service, key: objectKey('default', name) };
}

async function versionOf(name: string): Promise<string | undefined> {
  return readRawObject(await getObject(service(name), never))?.metadata.resourceVersion;
}

describe('our own objects', () => {
  test('are created, left alone when as desired, and corrected when not', async () => {
    const desired = { metadata: { labels: { app: 'a' } }, spec: { ports } };
    expect(await applyObject(service('own'), desired, never)).toBe('created');
    expect(await applyObject(service('own'), desired, never)).toBe('unchanged');
    const changed = { ...desired, metadata: { labels: { app: 'b' } } };
    expect(await applyObject(service('own'), changed, never)).toBe('updated');
    expect(await getObject(service('own'), never)).toMatchObject({ metadata: { labels: { app: 'b' } } });
  });

  test('a name is claimed once', async () => {
    await createObject(service('claimed'), { spec: { ports } }, never);
    await expect(createObject(service('claimed'), { spec: { ports } }, never)).rejects.toMatchObject({
      status: 409,
      reason: 'AlreadyExists',
    });
  });

  test('are deleted only while they are the ones that were seen', async () => {
    await createObject(service('mortal'), { spec: { ports } }, never);
    expect(await deleteObject(service('mortal'), { uid: 'another' }, never)).toBe('changed');
    const uid = readRawObject(await getObject(service('mortal'), never))?.metadata.uid ?? '';
    expect(await deleteObject(service('mortal'), { uid }, never)).toBe('deleted');
    expect(await deleteObject(service('mortal'), { uid }, never)).toBe('gone');
  });
});

describe('the status writer', () => {
  const condition = { type: 'fairlead.dev/Test', status: 'True', reason: 'Tested', message: 'fine' };

  test('writes only what differs', async () => {
    await createObject(service('written'), { spec: { ports } }, never);
    const writer = new StatusWriter({ client: server.client, log: quietLog() });
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] }, conditions: [condition] };
    const patch = { kind: KINDS.Service, key: objectKey('default', 'written'), status };
    await writer.apply([patch], never);
    expect(await getObject(service('written'), never)).toMatchObject({ status });
    const version = await versionOf('written');
    await writer.apply([patch], never);
    await new StatusWriter({ client: server.client, log: quietLog() }).apply([patch], never);
    expect(await versionOf('written')).toBe(version);
  });

  test('two writers at once both get their part in', async () => {
    await createObject(service('shared'), { spec: { ports } }, never);
    const key = objectKey('default', 'shared');
    const types = ['a.example/A', 'b.example/B', 'c.example/C', 'd.example/D'];
    await Promise.all(
      types.map((type) =>
        new StatusWriter({ client: server.client, log: quietLog() }).apply(
          [{ kind: KINDS.Service, key, status: { conditions: [{ ...condition, type }] } }],
          never,
        ),
      ),
    );
    expect(await getObject(service('shared'), never)).toMatchObject({
      status: { conditions: expect.arrayContaining(types.map((type) => expect.objectContaining({ type }))) },
    });
  });

  test('leaves an object alone that is gone or another by now, and still writes the rest', async () => {
    await createObject(service('rest'), { spec: { ports } }, never);
    const patch = (name: string, uid?: string) => ({
      kind: KINDS.Service,
      key: objectKey('default', name),
      status: { conditions: [condition] },
      ...(uid === undefined ? {} : { uid }),
    });
    await createObject(service('reborn'), { spec: { ports } }, never);
    const writer = new StatusWriter({ client: server.client, log: quietLog() });
    await writer.apply([patch('missing'), patch('reborn', 'former uid'), patch('rest')], never);
    expect(await getObject(service('rest'), never)).toMatchObject({
      status: { conditions: [{ type: condition.type }] },
    });
    expect(JSON.stringify(await getObject(service('reborn'), never))).not.toContain(condition.type);
  });

  test('tells which statuses the server refused', async () => {
    await createObject(
      { client: server.client, kind: KINDS.GatewayClass, key: objectKey(undefined, 'odd') },
      { spec: { controllerName: 'fairlead.dev/gateway-controller' } },
      never,
    );
    const status = { conditions: [{ ...condition, status: 'Perhaps' }] };
    const writer = new StatusWriter({ client: server.client, log: quietLog() });
    const writing = writer.apply([{ kind: KINDS.GatewayClass, key: objectKey(undefined, 'odd'), status }], never);
    await expect(writing).rejects.toThrow(StatusWriteError);
    await expect(writing).rejects.toThrow('GatewayClass odd');
  });
});

describe('a world', () => {
  test('is complete before anybody is told, then says what matters', async () => {
    await createObject(service('first'), { spec: { ports } }, never);
    const stop = new AbortController();
    let wakes = 0;
    const kinds = [KINDS.Service, KINDS.Gateway, KINDS.LBNode];
    const onChange = (): void => void wakes++;
    const world = watchKinds({ client: server.client, kinds, onChange, log: quietLog() }, stop.signal);
    expect(wakes).toBe(0);
    await world.synced;
    expect([world.isSynced, wakes]).toEqual([true, 1]);
    expect(world.store(KINDS.Service).get(objectKey('default', 'first'))?.spec.ports).toHaveLength(1);
    await createObject(service('second'), { spec: { ports } }, never);
    await eventually(() => expect(world.store(KINDS.Service).get(objectKey('default', 'second'))).toBeDefined());
    await deleteObject(service('first'), {}, never);
    await eventually(() => expect(world.store(KINDS.Service).get(objectKey('default', 'first'))).toBeUndefined());
    expect(wakes).toBe(3);
    expect(() => world.store(KINDS.Secret)).toThrow('bug');
    stop.abort();
    await world.stopped;
  });
});

describe('events', () => {
  const regarding = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'noisy', uid: 'u1' };
  const input = { regarding, type: 'Warning', reason: 'PoolExhausted', message: 'no address left', action: 'Allocate' };

  async function events(): Promise<readonly unknown[]> {
    const list = await server.client.request('GET', '/api/v1/namespaces/default/events', { signal: never });
    return JSON.parse(JSON.stringify(list)).items;
  }

  test('that repeat are one event with a count', async () => {
    const stop = new AbortController();
    const recorder = new EventRecorder({
      client: server.client,
      component: 'fairlead-ipam',
      instance: 'node',
      log: quietLog(),
      updateMs: 0,
    });
    const running = recorder.run(stop.signal);
    recorder.event({ ...input, type: 'Warning' });
    await eventually(async () => expect(await events()).toHaveLength(1));
    recorder.event({ ...input, type: 'Warning' });
    recorder.event({ ...input, type: 'Warning' });
    await eventually(async () => expect(await events()).toMatchObject([{ reason: 'PoolExhausted', count: 3 }]));
    recorder.event({ ...input, type: 'Warning', message: 'another story' });
    await eventually(async () => expect(await events()).toHaveLength(2));
    stop.abort();
    await running;
  });

  test('are not lost at the end, and a flood is cut off', async () => {
    const recorder = new EventRecorder({ client: server.client, component: 'c', instance: 'i', log: quietLog() });
    for (let i = 0; i < 100; i++) recorder.event({ ...input, type: 'Normal', reason: 'Flood', message: `number ${i}` });
    await recorder.run(AbortSignal.abort());
    const flood = (await events()).filter((event) => JSON.stringify(event).includes('"Flood"'));
    expect(flood).toHaveLength(25);
  });
});

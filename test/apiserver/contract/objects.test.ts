// Creating, reading, replacing: metadata, optimistic locking, generation, status.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MERGE } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const configMap = (name: string, data: Record<string, string> = {}): object => ({ metadata: { name }, data });
const deployment = (name: string, replicas = 1): object => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
  },
});

describe('creation', () => {
  test('a created object has uid, creationTimestamp, resourceVersion and its namespace', async () => {
    const namespace = await target.namespace();
    const made = await target.client.create(`/api/v1/namespaces/${namespace}/configmaps`, configMap('a', { k: 'v' }));
    expect(made.code).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'a', namespace },
      data: { k: 'v' },
    });
    expect(made.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(made.body.metadata.creationTimestamp) - Date.now())).toBeLessThan(60_000);
    const read = await target.client.get(`/api/v1/namespaces/${namespace}/configmaps/a`);
    expect(read.body.metadata).toEqual(made.body.metadata);
  });

  test('a second object of the same name is refused with AlreadyExists', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await target.client.create(path, configMap('twice'));
    const second = await target.client.create(path, configMap('twice'));
    expect([second.code, second.body.kind, second.body.reason]).toEqual([409, 'Status', 'AlreadyExists']);
    expect(second.body.message).toBe('configmaps "twice" already exists');
    expect(second.body.details).toMatchObject({ name: 'twice', kind: 'configmaps' });
  });

  test('generateName gives each object a name of its own with that prefix', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const [a, b] = await Promise.all(
      [1, 2].map(() => target.client.create(path, { metadata: { generateName: 'job-' } })),
    );
    expect(a?.body.metadata.name).toMatch(/^job-[a-z0-9]{5}$/);
    expect(b?.body.metadata.name).toMatch(/^job-[a-z0-9]{5}$/);
    expect(a?.body.metadata.name).not.toBe(b?.body.metadata.name);
  });

  test.each([
    ['a name that is no DNS name', { metadata: { name: 'Not_DNS' } }, 422, 'Invalid'],
    ['no name at all', { metadata: {} }, 422, 'Invalid'],
    ['another namespace than the address', { metadata: { name: 'x', namespace: 'elsewhere' } }, 400, 'BadRequest'],
    ['another kind than the address', { kind: 'Secret', metadata: { name: 'x' } }, 400, 'BadRequest'],
    ['a field of the wrong type', { metadata: { name: 'x' }, data: 'text' }, 400, 'BadRequest'],
    ['a label value that is none', { metadata: { name: 'x', labels: { a: 'b c' } } }, 422, 'Invalid'],
    ['a finalizer with a blank', { metadata: { name: 'x', finalizers: ['example.com/a b'] } }, 422, 'Invalid'],
  ])('%s is refused', async (...[, body, code, reason]) => {
    const namespace = await target.namespace();
    const answer = await target.client.create(`/api/v1/namespaces/${namespace}/configmaps`, body);
    expect([answer.code, answer.body.reason]).toEqual([code, reason]);
  });

  test('nothing can be created in a namespace that does not exist', async () => {
    const answer = await target.client.create('/api/v1/namespaces/nowhere-at-all/configmaps', configMap('a'));
    expect([answer.code, answer.body.reason]).toEqual([404, 'NotFound']);
  });

  test('dryRun=All answers as if it had been stored, and stores nothing', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const dry = await target.client.create(`${path}?dryRun=All`, configMap('ghost'));
    expect(dry.code).toBe(201);
    expect(dry.body.metadata.uid).toMatch(/-/);
    expect((await target.client.get(`${path}/ghost`)).code).toBe(404);
  });
});

describe('unknown fields', () => {
  const typo = { metadata: { name: 'typo' }, spec: { ports: [{ port: 80 }], prots: [] } };

  test('fieldValidation=Strict refuses them by path', async () => {
    const namespace = await target.namespace();
    const answer = await target.client.create(`/api/v1/namespaces/${namespace}/services?fieldValidation=Strict`, typo);
    expect([answer.code, answer.body.reason]).toEqual([400, 'BadRequest']);
    expect(answer.body.message).toContain('unknown field "spec.prots"');
  });

  test('fieldValidation=Warn stores the rest and warns', async () => {
    const namespace = await target.namespace();
    const answer = await target.client.create(`/api/v1/namespaces/${namespace}/services?fieldValidation=Warn`, typo);
    expect(answer.code).toBe(201);
    expect(answer.body.spec.prots).toBeUndefined();
    expect(answer.warnings.join()).toContain('unknown field \\"spec.prots\\"');
  });

  test('fieldValidation=Ignore stores the rest in silence', async () => {
    const namespace = await target.namespace();
    const answer = await target.client.create(`/api/v1/namespaces/${namespace}/services?fieldValidation=Ignore`, typo);
    expect([answer.code, answer.warnings]).toEqual([201, []]);
  });
});

describe('replacing', () => {
  test('an update with an old resourceVersion is a Conflict', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await target.client.create(path, configMap('lock'))).body;
    const second = await target.client.replace(`${path}/lock`, { ...first, data: { a: '1' } });
    expect(second.code).toBe(200);
    const third = await target.client.replace(`${path}/lock`, { ...first, data: { a: '2' } });
    expect([third.code, third.body.reason]).toEqual([409, 'Conflict']);
    expect(third.body.message).toContain('the object has been modified');
    expect((await target.client.get(`${path}/lock`)).body.data).toEqual({ a: '1' });
  });

  test('an update that changes nothing keeps the resourceVersion', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await target.client.create(path, configMap('same', { a: '1' }))).body;
    const second = await target.client.replace(`${path}/same`, first);
    expect(second.body.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('uid and creationTimestamp cannot be changed', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const first = (await target.client.create(path, configMap('fixed'))).body;
    const answer = await target.client.replace(`${path}/fixed`, {
      ...first,
      metadata: { ...first.metadata, uid: 'other' },
    });
    expect(answer.code).toBe(409);
    const dated = { ...first, metadata: { ...first.metadata, creationTimestamp: '2001-01-01T00:00:00Z' } };
    await target.client.replace(`${path}/fixed`, dated);
    const now = (await target.client.get(`${path}/fixed`)).body;
    expect(now.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
  });

  test('an object that is not there cannot be replaced', async () => {
    const namespace = await target.namespace();
    const answer = await target.client.replace(`/api/v1/namespaces/${namespace}/secrets/none`, {
      metadata: { name: 'none' },
    });
    expect([answer.code, answer.body.reason]).toEqual([404, 'NotFound']);
  });

  test('concurrent writers that retry on Conflict lose no update', async () => {
    const namespace = await target.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await target.client.create(path, configMap('count', { n: '0' }));
    const addOne = async (): Promise<void> => {
      for (;;) {
        const current = (await target.client.get(`${path}/count`)).body;
        const next = { ...current, data: { n: String(Number(current.data.n) + 1) } };
        if ((await target.client.replace(`${path}/count`, next)).code === 200) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, addOne));
    expect((await target.client.get(`${path}/count`)).body.data).toEqual({ n: '8' });
  });
});

describe('generation and status', () => {
  test('generation grows with the spec only', async () => {
    const namespace = await target.namespace();
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const made = (await target.client.create(path, deployment('d'))).body;
    expect(made.metadata.generation).toBe(1);
    const labelled = await target.client.patch(`${path}/d`, MERGE, { metadata: { labels: { a: 'b' } } });
    expect(labelled.body.metadata.generation).toBe(1);
    const scaled = await target.client.patch(`${path}/d`, MERGE, { spec: { replicas: 3 } });
    expect(scaled.body.metadata.generation).toBe(2);
    const reported = await target.client.patch(`${path}/d/status`, MERGE, { status: { replicas: 3 } });
    expect(reported.body.metadata.generation).toBe(2);
    expect(Number(reported.body.metadata.resourceVersion)).toBeGreaterThan(
      Number(scaled.body.metadata.resourceVersion),
    );
  });

  test('status is written through /status only, and the spec is not', async () => {
    const namespace = await target.namespace();
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const made = await target.client.create(path, { ...deployment('s'), status: { replicas: 9 } });
    expect(made.body.status?.replicas).toBeUndefined();
    const through = await target.client.patch(`${path}/s`, MERGE, { status: { replicas: 5 } });
    expect(through.body.status?.replicas).toBeUndefined();
    const status = await target.client.patch(`${path}/s/status`, MERGE, {
      spec: { replicas: 7 },
      status: { replicas: 5 },
    });
    expect([status.body.status.replicas, status.body.spec.replicas]).toEqual([5, 1]);
  });

  test('a kind without status has no status address', async () => {
    const namespace = await target.namespace();
    await target.client.create(`/api/v1/namespaces/${namespace}/configmaps`, configMap('n'));
    const answer = await target.client.get(`/api/v1/namespaces/${namespace}/configmaps/n/status`);
    expect([answer.code, answer.body.reason]).toEqual([404, 'NotFound']);
  });
});

// Lists are one moment; watches begin where a list ended.
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

async function withConfigMaps(
  names: readonly string[],
  labels: (name: string) => object = () => ({}),
): Promise<string> {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  for (const name of names) await target.client.create(path, { metadata: { name, labels: labels(name) } });
  return path;
}

const without = (names: readonly string[]): string => names.filter((name) => name !== 'kube-root-ca.crt').join(' ');

async function listNames(path: string, query = ''): Promise<string> {
  const { body } = await target.client.get(`${path}${query}`);
  return without(body.items.map((item: { metadata: { name: string } }) => item.metadata.name));
}

describe('lists', () => {
  test('a list holds the objects of its namespace and the revision at which it is true', async () => {
    const path = await withConfigMaps(['a', 'b']);
    const { body } = await target.client.get(path);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(await listNames(path)).toBe('a b');
  });

  test.each([
    ['app=web', 'one three'],
    ['app!=web', 'four two'],
    ['app in (web,db)', 'one three two'],
    ['app notin (web)', 'four two'],
    ['app', 'one three two'],
    ['!app', 'four'],
    ['app=web,size=1', 'one'],
    ['app==db', 'two'],
  ])('labelSelector %s selects %s', async (selector, expected) => {
    const labels: Readonly<Record<string, object>> = {
      one: { app: 'web', size: '1' },
      two: { app: 'db' },
      three: { app: 'web', size: '2' },
      four: {},
    };
    const path = await withConfigMaps(['one', 'two', 'three', 'four'], (name) => labels[name] ?? {});
    expect(await listNames(path, `?labelSelector=${encodeURIComponent(selector)}`)).toBe(expected);
  });

  test('fieldSelector metadata.name selects one, an unknown field is refused', async () => {
    const path = await withConfigMaps(['x', 'y']);
    expect(await listNames(path, '?fieldSelector=metadata.name%3Dx')).toBe('x');
    const refused = await target.client.get(`${path}?fieldSelector=data.a%3Db`);
    expect([refused.code, refused.body.reason]).toEqual([400, 'BadRequest']);
  });

  test('fieldSelector knows type of Secrets and the object of Events', async () => {
    const namespace = await target.namespace();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    await target.client.create(secrets, { metadata: { name: 'plain' } });
    await target.client.create(secrets, { metadata: { name: 'own' }, type: 'example.com/own' });
    expect(await listNames(secrets, '?fieldSelector=type%3Dexample.com/own')).toBe('own');
    const events = `/api/v1/namespaces/${namespace}/events`;
    const about = (name: string): object => ({ kind: 'Pod', namespace, name });
    await target.client.create(events, { metadata: { name: 'e1' }, involvedObject: about('p1'), reason: 'R' });
    await target.client.create(events, { metadata: { name: 'e2' }, involvedObject: about('p2'), reason: 'R' });
    expect(await listNames(events, '?fieldSelector=involvedObject.name%3Dp2')).toBe('e2');
  });

  test('events written as v1 can be read as events.k8s.io/v1, and the other way', async () => {
    const namespace = await target.namespace();
    await target.client.create(`/api/v1/namespaces/${namespace}/events`, {
      metadata: { name: 'old' },
      involvedObject: { kind: 'Pod', namespace, name: 'p' },
      message: 'hello',
      reason: 'R',
    });
    const fresh = await target.client.get(`/apis/events.k8s.io/v1/namespaces/${namespace}/events/old`);
    expect(fresh.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'hello', regarding: { name: 'p' } });
  });

  test('pages are pages of one moment, also when objects come in between', async () => {
    const path = await withConfigMaps(['a', 'b', 'c', 'd', 'e']);
    const first = (await target.client.get(`${path}?limit=2`)).body;
    expect(first.items).toHaveLength(2);
    await target.client.create(path, { metadata: { name: 'bb' } });
    await target.client.delete(`${path}/d`);
    const names = first.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    let token: string = first.metadata.continue;
    while (token) {
      const page = (await target.client.get(`${path}?limit=2&continue=${encodeURIComponent(token)}`)).body;
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      names.push(...page.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      token = page.metadata.continue;
    }
    expect(without(names)).toBe('a b c d e');
  });

  test('a list of an exact revision shows that moment', async () => {
    const path = await withConfigMaps(['a']);
    const revision = (await target.client.get(path)).body.metadata.resourceVersion;
    await target.client.create(path, { metadata: { name: 'later' } });
    expect(await listNames(path, `?resourceVersion=${revision}&resourceVersionMatch=Exact`)).toBe('a');
    expect(await listNames(path, `?resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`)).toBe('a later');
  });

  test.each(['resourceVersion=abc', 'resourceVersionMatch=Exact', 'continue=garbage&limit=1'])(
    '%s is refused',
    async (query) => {
      const answer = await target.client.get(`/api/v1/namespaces?${query}`);
      expect([400, 422]).toContain(answer.code);
      expect(answer.body.kind).toBe('Status');
    },
  );
});

describe('watches', () => {
  test('a watch from the revision of a list sees all that happens after it, in order', async () => {
    const path = await withConfigMaps(['before']);
    const revision = (await target.client.get(path)).body.metadata.resourceVersion;
    await target.client.create(path, { metadata: { name: 'between' } });
    using watch = await target.client.watch(`${path}?watch=1&resourceVersion=${revision}`);
    await target.client.patch(`${path}/between`, MERGE, { data: { a: '1' } });
    await target.client.delete(`${path}/before`);
    const seen = (await watch.take(3)).filter((event) => !event.includes('kube-root-ca'));
    expect(seen).toEqual(['ADDED between', 'MODIFIED between', 'DELETED before']);
  });

  test('a watch without a revision begins with what is there', async () => {
    const path = await withConfigMaps(['a', 'b']);
    using watch = await target.client.watch(`${path}?watch=true&fieldSelector=metadata.name%21%3Dkube-root-ca.crt`);
    expect([...(await watch.take(2))].sort()).toEqual(['ADDED a', 'ADDED b']);
  });

  test('an object that comes to match a selector is added, one that stops matching is deleted', async () => {
    const path = await withConfigMaps(['a']);
    const revision = (await target.client.get(path)).body.metadata.resourceVersion;
    using watch = await target.client.watch(`${path}?watch=1&labelSelector=on&resourceVersion=${revision}`);
    await target.client.patch(`${path}/a`, MERGE, { metadata: { labels: { on: '1' } } });
    await target.client.patch(`${path}/a`, MERGE, { data: { x: 'y' } });
    await target.client.patch(`${path}/a`, MERGE, { metadata: { labels: { on: null } } });
    expect(await watch.take(3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  test('every event carries a larger resourceVersion, DELETED included', async () => {
    const path = await withConfigMaps([]);
    const revision = (await target.client.get(path)).body.metadata.resourceVersion;
    using watch = await target.client.watch(
      `${path}?watch=1&resourceVersion=${revision}&fieldSelector=metadata.name%3Da`,
    );
    await target.client.create(path, { metadata: { name: 'a' } });
    await target.client.delete(`${path}/a`);
    const [added, deleted] = [await watch.next(), await watch.next()];
    expect(Number(added?.object.metadata.resourceVersion)).toBeGreaterThan(Number(revision));
    expect(Number(deleted?.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(added?.object.metadata.resourceVersion),
    );
  });

  test('timeoutSeconds ends the watch in good order', async () => {
    const path = await withConfigMaps([]);
    using watch = await target.client.watch(`${path}?watch=1&resourceVersion=0&timeoutSeconds=1`);
    let last = await watch.next();
    while (last !== undefined) last = await watch.next();
    expect(watch.code).toBe(200);
  });

  test('sendInitialEvents gives what is there and then says so with a bookmark', async () => {
    const path = await withConfigMaps(['a', 'b']);
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    using watch = await target.client.watch(`${path}?${query}&fieldSelector=metadata.name%21%3Dkube-root-ca.crt`);
    expect([...(await watch.take(2))].sort()).toEqual(['ADDED a', 'ADDED b']);
    const end = await watch.next();
    expect(end?.type).toBe('BOOKMARK');
    expect(end?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  test('a watch of one object by its name sees only that one', async () => {
    const path = await withConfigMaps(['a', 'b']);
    const revision = (await target.client.get(path)).body.metadata.resourceVersion;
    using watch = await target.client.watch(
      `${path}?watch=1&fieldSelector=metadata.name%3Db&resourceVersion=${revision}`,
    );
    await target.client.patch(`${path}/a`, MERGE, { data: { x: '1' } });
    await target.client.patch(`${path}/b`, MERGE, { data: { x: '1' } });
    expect(await watch.take(1)).toEqual(['MODIFIED b']);
  });
});

// The status writer over an API server that counts, refuses or is not there: test/kube/embedded.test.ts has the real one.
import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import { ApiConnectionError, ApiError } from '../../kube/api-error.ts';
import type { KubeApi } from '../../kube/client.ts';
import { type StatusPatch, StatusWriteError, StatusWriter } from '../../kube/status-writer.ts';
import { quietLog } from '../support/quiet-log.ts';

const never = new AbortController().signal;

/** An API server with an object under every name; each PUT makes a new version of it. `put` may throw in its place. */
class OneVersionedServer implements KubeApi {
  readonly requests: string[] = [];
  readonly versions = new Map<string, number>();
  readonly #fail: (method: string) => Error | undefined;

  constructor(fail: (method: string) => Error | undefined = () => undefined) {
    this.#fail = fail;
  }

  async request(method: string, path: string): Promise<unknown> {
    this.requests.push(`${method} ${path.split('/')[5]}`);
    const failure = this.#fail(method);
    if (failure !== undefined) throw failure;
    const name = path.split('/')[5] ?? '';
    const version = (this.versions.get(name) ?? 1) + (method === 'PUT' ? 1 : 0);
    this.versions.set(name, version);
    return { metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) } };
  }

  watch(): never {
    throw new Error('nobody watches here');
  }
}

function patch(name: string, resourceVersion: string, phase = 'Ready'): StatusPatch {
  const key = objectKey(undefined, name);
  return { kind: KINDS.GatewayClass, key, resourceVersion, uid: `uid-${name}`, status: { phase } };
}

const invalid = new ApiError({ status: 422, reason: 'Invalid', message: 'no such phase', retryAfterMs: undefined });

describe('the status writer', () => {
  test('asks nothing about an object that is as it was written', async () => {
    const client = new OneVersionedServer();
    const writer = new StatusWriter({ client, log: quietLog() });
    await writer.apply([patch('a', '1')], never);
    await writer.apply([patch('a', '2')], never);
    expect(client.requests).toEqual(['GET a', 'PUT a']);
    client.versions.set('a', 3);
    await writer.apply([patch('a', '3')], never);
    expect(client.requests.slice(2)).toEqual(['GET a', 'PUT a']);
  });

  test('tries once what the server calls invalid, until object or status change', async () => {
    const client = new OneVersionedServer((method) => (method === 'PUT' ? invalid : undefined));
    const writer = new StatusWriter({ client, log: quietLog() });
    const first = writer.apply([patch('a', '1')], never);
    await expect(first).rejects.toThrow('GatewayClass a: no such phase');
    await expect(first).rejects.toThrow(StatusWriteError);
    await writer.apply([patch('a', '1')], never);
    await writer.apply([patch('a', '')], never); // a plan that knows no version has to look, and writes nothing either
    expect(client.requests).toEqual(['GET a', 'PUT a', 'GET a']);
    expect([writer.isRefused(patch('a', '1')), writer.isRefused(patch('a', '1', 'Other'))]).toEqual([true, false]);
    await expect(writer.apply([patch('a', '1', 'Other')], never)).rejects.toThrow(StatusWriteError);
    client.versions.set('a', 7);
    await expect(writer.apply([patch('a', '7')], never)).rejects.toThrow(StatusWriteError);
  });

  test('remembers so many objects and no more', async () => {
    const client = new OneVersionedServer();
    const writer = new StatusWriter({ client, log: quietLog(), maxSettled: 2 });
    for (const name of ['a', 'b', 'c']) await writer.apply([patch(name, '1')], never);
    client.requests.length = 0;
    await writer.apply([patch('b', '2'), patch('c', '2')], never);
    expect(client.requests).toEqual([]);
    await writer.apply([patch('a', '2')], never);
    expect(client.requests).toEqual(['GET a', 'PUT a']);
  });

  test('does not go through thousands of objects while the server is not there', async () => {
    const client = new OneVersionedServer(() => new ApiConnectionError('https://api', new Error('refused')));
    const writer = new StatusWriter({ client, log: quietLog() });
    const patches = Array.from({ length: 1000 }, (_, index) => patch(`n${index}`, '1'));
    await expect(writer.apply(patches, never)).rejects.toThrow(/n0: https:.*and \d+ more$/);
    expect(client.requests.length).toBeLessThan(20);
  });
});

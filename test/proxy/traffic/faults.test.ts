// Pods and clients that break off, stall, lie or go away.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { TrafficSettings } from '../../../proxy/traffic/traffic-settings.ts';
import { eventually } from '../../support/eventually.ts';
import { ask, sendRaw } from '../../support/proxy/http-client.ts';
import { echoPod, httpPod, parseSeen, rawPod, scriptedPod } from '../../support/proxy/pods.ts';
import { plainPort, type RuleOptions, ruleFor } from '../../support/proxy/table.ts';
import { logLines, WorkerHarness } from '../../support/proxy/worker-harness.ts';

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

type Pods = Parameters<WorkerHarness['endpoints']>[1][];

async function proxyTo(
  pods: Pods,
  rule: RuleOptions = {},
  settings: Partial<TrafficSettings> = {},
): Promise<WorkerHarness> {
  const proxy = undo.use(new WorkerHarness(settings));
  for (const pod of pods) if (typeof pod !== 'number') undo.defer(() => void pod.close());
  await proxy.endpoints('web', ...pods);
  await proxy.serve(plainPort([ruleFor('/', rule)]));
  return proxy;
}

const at = (proxy: WorkerHarness): { readonly host: string; readonly port: number } => ({
  host: proxy.address,
  port: 8080,
});

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const pod = await rawPod(() => {});
  const address = pod.address();
  pod.close();
  await once(pod, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a pod that is not there', () => {
  test('costs no request while there is another, whatever the method', async () => {
    const proxy = await proxyTo([await deadPort(), await echoPod('alive')]);
    for (const method of ['GET', 'POST', 'GET', 'POST']) {
      const reply = await ask({ ...at(proxy), method, body: method === 'POST' ? 'kept' : undefined } as never);
      expect(reply.status).toBe(200);
      if (method === 'POST') expect(parseSeen(reply.body).body).toBe('kept');
    }
  });

  test('is 502 when there is no other', async () => {
    const proxy = await proxyTo([await deadPort()]);
    expect((await ask(at(proxy))).status).toBe(502);
  });
});

describe('a pod that breaks off', () => {
  const resetting = () => rawPod((socket) => socket.once('data', () => socket.resetAndDestroy()));

  test('before any answer: GET is asked again elsewhere, POST is not', async () => {
    const proxy = await proxyTo([await resetting(), await echoPod('alive')]);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(at(proxy))).status);
    expect(statuses).toEqual([200, 200, 200, 200]);
    const posts: number[] = [];
    for (let i = 0; i < 4; i++) posts.push((await ask({ ...at(proxy), method: 'POST', body: 'x' })).status);
    expect(posts.filter((status) => status === 502)).toHaveLength(2);
  });

  test('in the middle of a body: the client sees it broken off, never a short whole', async () => {
    const proxy = await proxyTo([
      await scriptedPod('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', { close: true }),
    ]);
    await expect(ask(at(proxy))).rejects.toMatchObject({ code: 'ECONNRESET' });
    const chunked = await proxyTo([
      await scriptedPod('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', { close: true }),
    ]);
    await expect(ask(at(chunked))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test.each([
    [
      'content length and chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['two content lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a head of 100 KB', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('with %s: 502', async (_, answer) => {
    const proxy = await proxyTo([await scriptedPod(answer)]);
    expect((await ask({ ...at(proxy), method: 'POST' })).status).toBe(502);
  });

  test('with 1,000 header fields is passed on', async () => {
    const fields = Array.from({ length: 1000 }, (_, i) => `X-${i}: ${i}\r\n`).join('');
    const proxy = await proxyTo([await scriptedPod(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`)]);
    const reply = await ask({ ...at(proxy), maxHeaderSize: 65_536 });
    expect(reply.headers['x-999']).toBe('999');
  });

  test('a kept connection that the pod has closed meanwhile costs no request', async () => {
    const pod = await httpPod((_request, response) => response.end('ok'));
    pod.keepAliveTimeout = 1;
    const proxy = await proxyTo([pod]);
    for (let i = 0; i < 20; i++) expect((await ask(at(proxy))).status).toBe(200);
  });

  test('an answer before the body has been sent is passed on', async () => {
    const pod = await httpPod((_request, response) => response.writeHead(413, { connection: 'close' }).end('too much'));
    const proxy = await proxyTo([pod]);
    const request = httpRequest({ ...at(proxy), method: 'POST', headers: { 'content-length': 10_000_000 } });
    request.on('error', () => {});
    const answered = once(request, 'response');
    request.write('some');
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    request.destroy();
  });
});

describe('time', () => {
  const silent = () => rawPod(() => {});

  test('a backend that does not answer in its time is 504; so is a request that takes too long in all', async () => {
    const backend = await proxyTo([await silent()], { backendTimeoutMs: 50 });
    expect((await ask(at(backend))).status).toBe(504);
    const request = await proxyTo([await silent()], { requestTimeoutMs: 50 });
    expect((await ask(at(request))).status).toBe(504);
  });

  test('an answer that has begun when the time is over is broken off', async () => {
    const pod = await httpPod((_request, response) => void response.write('begun'));
    const proxy = await proxyTo([pod], { requestTimeoutMs: 100 });
    await expect(ask(at(proxy))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a backend that falls silent is given up', async () => {
    const proxy = await proxyTo([await silent()], {}, { upstreamIdleMs: 50 });
    expect((await ask(at(proxy))).status).toBe(504);
  });

  test('a head that does not end is 408', async () => {
    const proxy = await proxyTo([], {}, { headerTimeoutMs: 50 });
    const socket = connect(at(proxy));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow:');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 408/);
  });

  test('a client that stops in its body is cut off, one that waits for a slow pod is not', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = await httpPod(async (request, response) => {
      request.resume();
      await gate.promise;
      response.end('slow');
    });
    const proxy = await proxyTo([slow], {}, { clientIdleMs: 150 });
    const waiting = ask(at(proxy));
    const stuck = connect(at(proxy));
    stuck.on('error', () => {});
    stuck.resume().write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
    await once(stuck, 'close');
    gate.resolve();
    expect((await waiting).body).toBe('slow');
  });

  test('a connection that waits too long for its next request is closed', async () => {
    const proxy = await proxyTo([await echoPod()], {}, { keepAliveMs: 50 });
    const answer = await sendRaw(at(proxy), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('a client that goes away', () => {
  test('takes its request at the pod with it', async () => {
    const gone = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const pod = await httpPod((_request, response) => {
      response.on('close', () => gone.resolve());
      arrived.resolve();
    });
    const proxy = await proxyTo([pod]);
    const request = httpRequest(at(proxy)).on('error', () => {});
    request.end();
    await arrived.promise;
    request.destroy();
    await gone.promise;
  });

  test('one that does not read stops the pod, not our memory', async () => {
    let written = 0;
    const pod = await httpPod((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const write = (): void => {
        while (written < 200 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
      };
      write();
    });
    const proxy = await proxyTo([pod]);
    const socket = connect(at(proxy));
    socket.pause().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let before = -1;
    await eventually(
      () => {
        const now = written;
        const isStill = now === before;
        before = now;
        expect([isStill, now > 0]).toEqual([true, true]);
      },
      { everyMs: 200 },
    );
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });
});

describe('draining', () => {
  test('answers ask to close; quiet connections are closed, busy ones are not', async () => {
    const gate = Promise.withResolvers<void>();
    const pod = await httpPod(async (request, response) => {
      if (request.url === '/slow') await gate.promise;
      response.end('ok');
    });
    const proxy = await proxyTo([pod], {}, { drainQuietMs: 300 });
    const quiet = connect(at(proxy));
    await once(quiet, 'connect');
    const closed = once(quiet.resume(), 'close');
    const busy = ask({ ...at(proxy), path: '/slow', agent: false, headers: { connection: 'keep-alive' } });
    await eventually(() => expect(proxy.worker.connections()).toBe(2));
    await proxy.send({ kind: 'drain', isDraining: true });
    await closed;
    gate.resolve();
    const reply = await busy;
    expect([reply.status, reply.headers.connection]).toEqual([200, 'close']);
    await proxy.send({ kind: 'drain', isDraining: false });
    const after = await ask({ ...at(proxy), agent: false, headers: { connection: 'keep-alive' } });
    expect(after.headers.connection).toBe('keep-alive');
  });

  test('a port that is closed refuses new connections and lets requests end', async () => {
    const gate = Promise.withResolvers<void>();
    const pod = await httpPod(async (_request, response) => {
      await gate.promise;
      response.end('ended');
    });
    const proxy = await proxyTo([pod]);
    const underWay = ask({ ...at(proxy), agent: false });
    await eventually(() => expect(proxy.worker.connections()).toBe(1));
    await proxy.send({ kind: 'ports', changed: [], removed: [`${proxy.address} 8080` as never] });
    await expect(ask({ ...at(proxy), agent: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    gate.resolve();
    expect((await underWay).body).toBe('ended');
  });
});

describe('the access log', () => {
  test('has a line for each request that says what was decided and why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fl-log-'));
    undo.defer(() => rm(folder, { recursive: true }));
    const accessLog = join(folder, 'access.log');
    const pod = await echoPod();
    const dead = await deadPort();
    const proxy = await proxyTo([dead, pod], {}, { accessLog });
    await proxy.serve(plainPort([ruleFor('/shop')]));
    await ask({
      ...at(proxy),
      path: '/shop?q="\u00fc"'.replace('\u00fc', '%C3%BC'),
      headers: { host: 's.test', 'x-request-id': 'id-1' },
    });
    await ask({ ...at(proxy), path: '/nowhere' });
    await sendRaw(at(proxy), 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n');
    await proxy.worker.stop(0);
    const [good, missed, bad] = await logLines(accessLog);
    expect(good).toMatchObject({
      client: '127.0.0.1',
      method: 'GET',
      host: 's.test',
      status: 200,
      rule: 'rule /shop',
      backend: 'shop/web:80',
      flags: '',
      requestId: 'id-1',
    });
    expect(good?.['endpoint']).toMatch(new RegExp(`^127\\.0\\.0\\.1:${dead}, 127\\.0\\.0\\.1:\\d+$`));
    expect(good?.['durationMs']).toBeGreaterThanOrEqual(Number(good?.['upstreamMs']));
    expect(missed).toMatchObject({ status: 404, flags: 'NR', rule: null, reason: 'no rule matches' });
    expect(bad).toMatchObject({ status: 400, flags: 'DPE', reason: 'Host is no valid authority' });
  });

  test('a log that cannot be opened is a warning and traffic goes on', async () => {
    const proxy = await proxyTo([await echoPod()], {}, { accessLog: '/nonexistent/folder/log' });
    expect((await ask(at(proxy))).status).toBe(200);
    await eventually(() => expect(proxy.warnings.join()).toMatch(/ENOENT/));
  });
});

describe('counters', () => {
  test('count requests by listener, rule and class, their time, and failures of pods', async () => {
    const proxy = await proxyTo([await deadPort()]);
    await ask(at(proxy));
    const { added, values } = proxy.worker.counters.report();
    const valueOf = (metric: string, labels: object): number | undefined =>
      values[added.findIndex((one) => one.metric === metric && JSON.stringify(one.labels) === JSON.stringify(labels))];
    expect(valueOf('requests_total', { listener: 'shop/edge/', rule: 'rule /', code: '5xx' })).toBe(1);
    expect(valueOf('upstream_errors_total', { backend: 'shop/web:80', reason: 'UpstreamRefused' })).toBeGreaterThan(0);
    expect(valueOf('request_duration_seconds_sum', { listener: 'shop/edge/' })).toBeGreaterThan(0);
    expect(valueOf('connections_total', {})).toBe(1);
  });
});

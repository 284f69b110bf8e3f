// Requests through the data path to pods that behave.
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { ask } from '../../support/proxy/http-client.ts';
import { echoPod, httpPod, parseSeen, scriptedPod } from '../../support/proxy/pods.ts';
import { forwardTo, plainPort, ruleFor, weighted } from '../../support/proxy/table.ts';
import { WorkerHarness } from '../../support/proxy/worker-harness.ts';

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

async function proxyTo(...pods: Awaited<ReturnType<typeof httpPod>>[]): Promise<WorkerHarness> {
  const proxy = undo.use(new WorkerHarness());
  for (const pod of pods) undo.defer(() => pod.close().closeAllConnections());
  await proxy.endpoints('web', ...pods);
  await proxy.serve(plainPort([ruleFor('/')]));
  return proxy;
}

const at = (proxy: WorkerHarness): { readonly host: string; readonly port: number } => ({
  host: proxy.address,
  port: 8080,
});

describe('a request', () => {
  test('arrives with its method, target, host, body and the fields about the client', async () => {
    const proxy = await proxyTo(await echoPod());
    const reply = await ask({
      ...at(proxy),
      method: 'PUT',
      path: '/a//b?x=%20',
      headers: { host: 'S.test', a: '1' },
      body: 'hello',
    });
    const seen = parseSeen(reply.body);
    expect(seen).toMatchObject({ method: 'PUT', url: '/a//b?x=%20', body: 'hello' });
    expect(seen.headers).toMatchObject({
      host: 'S.test',
      a: '1',
      'content-length': '5',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'S.test',
      'x-forwarded-port': '8080',
      'x-forwarded-proto': 'http',
    });
  });

  test('100 requests over one connection reach two pods 50 and 50 times', async () => {
    const proxy = await proxyTo(await echoPod('a'), await echoPod('b'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    undo.defer(() => agent.destroy());
    const pods: string[] = [];
    for (let i = 0; i < 100; i++) pods.push(parseSeen((await ask({ ...at(proxy), agent })).body).pod);
    expect(pods.filter((pod) => pod === 'a')).toHaveLength(50);
  });

  test('a large body is streamed both ways, with the pod and the client each as slow as they like', async () => {
    const pod = await httpPod((request, response) => void request.pipe(response));
    const proxy = await proxyTo(pod);
    const size = 8 * 1024 * 1024;
    const request = httpRequest({ ...at(proxy), method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    const answered = once(request, 'response');
    const chunk = Buffer.alloc(65_536, 'x');
    for (let sent = 0; sent < size; sent += chunk.length) {
      if (!request.write(chunk) && sent > size / 2) await once(request, 'drain').catch(() => {});
    }
    request.end();
    const [response] = await answered;
    let received = 0;
    for await (const part of response) received += part.length;
    expect(received).toBe(size);
  });

  test('with Expect the body is asked for when a pod is there to take it', async () => {
    const proxy = await proxyTo(await echoPod());
    const request = httpRequest({
      ...at(proxy),
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 4 },
    });
    const answered = once(request, 'response');
    request.flushHeaders();
    await once(request, 'continue');
    request.end('body');
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
  });

  test('with Expect to no pod at all the body is not asked for', async () => {
    const proxy = await proxyTo();
    const request = httpRequest({
      ...at(proxy),
      method: 'POST',
      headers: { expect: '100-continue', 'content-length': 4 },
    });
    let isAsked = false;
    request.on('continue', () => {
      isAsked = true;
    });
    request.on('error', () => {});
    const answered = once(request, 'response');
    request.flushHeaders();
    const [response] = await answered;
    expect([response.statusCode, isAsked]).toEqual([503, false]);
    request.destroy();
  });
});

describe('an answer', () => {
  test('keeps status, reason phrase, repeated fields and their spelling', async () => {
    const pod = await scriptedPod(
      'HTTP/1.1 299 Odd Reason\r\nX-CamelCase: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok',
    );
    undo.defer(() => void pod.close());
    const proxy = undo.use(new WorkerHarness());
    await proxy.endpoints('web', pod);
    await proxy.serve(plainPort([ruleFor('/')]));
    const reply = await ask(at(proxy));
    expect(reply.status).toBe(299);
    expect(reply.rawHeaders).toEqual(expect.arrayContaining(['X-CamelCase', 'Set-Cookie']));
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(reply.headers.date).toBe('Mon, 01 Jan 2024 00:00:00 GMT');
  });

  test('to HEAD, 204 and 304 has no body; HEAD keeps its length', async () => {
    const pod = await httpPod((request, response) => {
      if (request.url === '/204') response.writeHead(204).end();
      else if (request.url === '/304') response.writeHead(304, { etag: '"1"' }).end();
      else response.writeHead(200, { 'content-length': '12345' }).end();
    });
    const proxy = await proxyTo(pod);
    const head = await ask({ ...at(proxy), method: 'HEAD', path: '/' });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '12345', '']);
    expect((await ask({ ...at(proxy), path: '/204' })).headers['transfer-encoding']).toBeUndefined();
    const notModified = await ask({ ...at(proxy), path: '/304' });
    expect([notModified.status, notModified.headers.etag, notModified.body]).toEqual([304, '"1"', '']);
  });

  test('brings its trailers', async () => {
    const pod = await httpPod((_request, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('data');
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    const reply = await ask(at(await proxyTo(pod)));
    expect(reply.trailers).toEqual({ 'x-sum': '42' });
    expect(reply.headers.trailer).toBe('x-sum');
  });

  test('may be preceded by early hints', async () => {
    const pod = await httpPod((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload', 'x-early': '1' });
      response.end('late');
    });
    const proxy = await proxyTo(pod);
    const request = httpRequest(at(proxy));
    const answered = once(request, 'response');
    const hinted = once(request, 'information');
    request.end();
    const [hints] = await hinted;
    expect([hints.statusCode, hints.headers['x-early']]).toEqual([103, '1']);
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  test('its head is not held back while the body is slow', async () => {
    const pod = await httpPod((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const request = httpRequest(at(await proxyTo(pod)));
    const answered = once(request, 'response');
    request.end();
    const [response] = await answered;
    expect(response.headers['content-type']).toBe('text/event-stream');
    request.destroy();
  });

  test('in HTTP/1.0 ends with the connection', async () => {
    const pod = await httpPod((_request, response) => {
      response.write('no ');
      response.end('length');
    });
    const proxy = await proxyTo(pod);
    const socket = connect(at(proxy));
    socket.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/\r\n\r\nno length$/);
    expect(text).not.toMatch(/transfer-encoding/i);
  });
});

describe('rules in action', () => {
  test('edits of request and answer, rewrite and redirect', async () => {
    const proxy = await proxyTo(await echoPod());
    await proxy.serve(
      plainPort([
        ruleFor('/old', {
          action: {
            kind: 'redirect',
            redirect: { scheme: 'https', hostname: undefined, port: undefined, path: undefined, status: 301 },
          },
        }),
        ruleFor('/api', {
          filters: [
            { kind: 'requestHeaders', edit: { set: [{ name: 'X-Set', value: 'rule' }], add: [], remove: ['x-gone'] } },
            { kind: 'rewrite', hostname: 'inside.test', path: { kind: 'prefix', value: '/v2' } },
            { kind: 'responseHeaders', edit: { set: [{ name: 'X-Answer', value: '1' }], add: [], remove: [] } },
          ],
          action: forwardTo(
            weighted('web', {
              filters: [
                { kind: 'requestHeaders', edit: { set: [{ name: 'x-backend', value: 'b' }], add: [], remove: [] } },
              ],
            }),
          ),
        }),
      ]),
    );
    const redirect = await ask({ ...at(proxy), path: '/old/x?y', headers: { host: 's.test' } });
    expect([redirect.status, redirect.headers.location, redirect.body]).toEqual([301, 'https://s.test/old/x?y', '']);
    const reply = await ask({ ...at(proxy), path: '/api/x', headers: { host: 's.test', 'x-gone': '1' } });
    const seen = parseSeen(reply.body);
    expect(seen.url).toBe('/v2/x');
    expect(seen.headers).toMatchObject({
      host: 'inside.test',
      'x-set': 'rule',
      'x-backend': 'b',
      'x-forwarded-host': 's.test',
    });
    expect(seen.headers['x-gone']).toBeUndefined();
    expect(reply.headers['x-answer']).toBe('1');
  });

  test('404 without a rule, 503 without an endpoint, 500 for an unresolved backend and its share only', async () => {
    const proxy = await proxyTo(await echoPod());
    await proxy.serve(
      plainPort([
        ruleFor('/empty', { action: forwardTo(weighted('nobody')) }),
        ruleFor('/half', { action: forwardTo(weighted('web'), weighted(undefined, { reason: 'no such Service' })) }),
        ruleFor('/none', { action: forwardTo() }),
        ruleFor('/fail', { action: { kind: 'fail', status: 500, reason: 'not supported' } }),
      ]),
    );
    const statusOf = async (path: string): Promise<number> => (await ask({ ...at(proxy), path })).status;
    expect(await statusOf('/elsewhere')).toBe(404);
    expect(await statusOf('/empty')).toBe(503);
    expect(await statusOf('/none')).toBe(500);
    expect(await statusOf('/fail')).toBe(500);
    const half: number[] = [];
    for (let i = 0; i < 10; i++) half.push(await statusOf('/half'));
    expect(half.filter((status) => status === 500)).toHaveLength(5);
  });

  test('a new table serves the next request on the same connection; the present one ends as it began', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = await httpPod(async (_request, response) => {
      response.write('begun ');
      await gate.promise;
      response.end('ended');
    });
    const proxy = await proxyTo(slow);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    undo.defer(() => agent.destroy());
    const underWay = ask({ ...at(proxy), agent });
    await eventually(async () => expect(await new Promise((done) => slow.getConnections((_e, n) => done(n)))).toBe(1));
    await proxy.serve(plainPort([ruleFor('/', { action: { kind: 'fail', status: 500, reason: 'new' } })]));
    gate.resolve();
    expect((await underWay).body).toBe('begun ended');
    expect((await ask({ ...at(proxy), agent })).status).toBe(500);
  });

  test('an endpoint that is removed gets no new request, and ends the one that it has', async () => {
    const gate = Promise.withResolvers<void>();
    let hits = 0;
    const leaving = await httpPod(async (_request, response) => {
      hits += 1;
      await gate.promise;
      response.end('from the leaving pod');
    });
    const proxy = await proxyTo(leaving);
    const last = ask({ ...at(proxy) });
    await eventually(() => expect(hits).toBe(1));
    const staying = await echoPod('staying');
    undo.defer(() => staying.close().closeAllConnections());
    await proxy.endpoints('web', staying);
    for (let i = 0; i < 5; i++) expect(parseSeen((await ask(at(proxy))).body).pod).toBe('staying');
    gate.resolve();
    expect((await last).body).toBe('from the leaving pod');
    expect(hits).toBe(1);
  });
});

describe('upgraded connections', () => {
  test('a WebSocket talks both ways, text and binary, and is closed in order', async () => {
    const pod = await echoPod();
    const sockets = new WebSocketServer({ server: pod });
    sockets.on('connection', (socket) =>
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    const proxy = await proxyTo(pod);
    const client = new WebSocket(`ws://${proxy.address}:8080/chat`, ['chat']);
    await once(client, 'open');
    expect(client.protocol).toBe('chat');
    client.send('hello');
    expect(String((await once(client, 'message'))[0])).toBe('hello');
    client.send(Buffer.from([0, 255, 7]));
    const [data, isBinary] = await once(client, 'message');
    expect([isBinary, [...data]]).toEqual([true, [0, 255, 7]]);
    client.close(4001, 'done');
    expect((await once(client, 'close'))[0]).toBe(4001);
    await eventually(() => expect(proxy.worker.connections()).toBe(0));
  });

  test('a pod that refuses the upgrade is passed on', async () => {
    const proxy = await proxyTo(await httpPod((_request, response) => response.writeHead(403).end('no')));
    const client = new WebSocket(`ws://${proxy.address}:8080/`);
    const [, response] = await once(client, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    response.resume();
  });
});

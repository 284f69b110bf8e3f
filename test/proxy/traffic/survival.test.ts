// What one client, pod or rule can do must not end the worker, and with it everybody else's connections.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { TrafficSettings } from '../../../proxy/traffic/traffic-settings.ts';
import { eventually } from '../../support/eventually.ts';
import { testCa } from '../../support/proxy/fixtures.ts';
import { ask, sendRaw } from '../../support/proxy/http-client.ts';
import { echoPod, httpPod, rawPod, scriptedPod } from '../../support/proxy/pods.ts';
import { hostOf, listenerTable, plainPort, portTable, type RuleOptions, ruleFor } from '../../support/proxy/table.ts';
import { bundle, certificateKeyOf, WorkerHarness } from '../../support/proxy/worker-harness.ts';

const undo = new AsyncDisposableStack();
afterAll(() => undo.disposeAsync());

type Pod = Exclude<Parameters<WorkerHarness['endpoints']>[1], number>;
const SHOP = 'shop.example.test';
const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A proxy before one pod, on port 8080 and, over TLS, on port 8443. */
async function proxyTo(
  pod: Pod,
  rule: RuleOptions = {},
  settings: Partial<TrafficSettings> = {},
): Promise<WorkerHarness> {
  const proxy = undo.use(new WorkerHarness(settings));
  undo.defer(() => void pod.close());
  await proxy.endpoints('web', pod);
  await proxy.certificates(bundle('shop', 'shop'));
  const rules = hostOf('', ruleFor('/', rule));
  const tls = listenerTable('', [rules], { certificates: [certificateKeyOf('shop')] });
  await proxy.serve(plainPort([ruleFor('/', rule)]), portTable({ port: 8443, protocol: 'HTTPS', listeners: [tls] }));
  return proxy;
}

const at = (proxy: WorkerHarness): { readonly host: string; readonly port: number } => ({
  host: proxy.address,
  port: 8080,
});
const get = (proxy: WorkerHarness): Promise<string> =>
  sendRaw(at(proxy), 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');

async function tlsTo(proxy: WorkerHarness): Promise<{ readonly socket: TLSSocket; readonly below: Socket }> {
  const below = connect({ host: proxy.address, port: 8443 });
  const socket = connectTls({ socket: below, ca: testCa(), servername: SHOP }).on('error', () => {});
  below.on('error', () => {});
  await once(socket, 'secureConnect');
  return { socket, below };
}

describe('over TLS', () => {
  test('a pod that breaks off in its answer breaks off this answer', async () => {
    const proxy = await proxyTo(
      await scriptedPod('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', { close: true }),
    );
    const options = { host: proxy.address, port: 8443, tls: { ca: testCa(), servername: SHOP } };
    await expect(ask(options)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('an answer whose time is over is broken off', async () => {
    const proxy = await proxyTo(await httpPod((_request, response) => void response.write('begun')), {
      requestTimeoutMs: 100,
    });
    const options = { host: proxy.address, port: 8443, tls: { ca: testCa(), servername: SHOP } };
    await expect(ask(options)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a client that resets while it waits for its upgrade has gone, and nothing more', async () => {
    const arrived = Promise.withResolvers<void>();
    const proxy = await proxyTo(await rawPod((socket) => socket.once('data', () => arrived.resolve())));
    const { socket, below } = await tlsTo(proxy);
    socket.write(UPGRADE);
    await arrived.promise;
    below.resetAndDestroy();
    await eventually(() => expect(proxy.worker.connections()).toBe(0));
  });
});

describe('an upgraded connection', () => {
  test('that is asked for before earlier answers have come is cut', async () => {
    const proxy = await proxyTo(await rawPod(() => {}));
    await sendRaw(at(proxy), `GET / HTTP/1.1\r\nHost: a\r\n\r\n${UPGRADE}`);
    await eventually(() => expect(proxy.worker.connections()).toBe(0));
  });

  test('that the pod refuses is closed, also when the client stays', async () => {
    const proxy = await proxyTo(await scriptedPod('HTTP/1.1 403 no\r\nContent-Length: 2\r\n\r\nno'));
    const client = connect({ ...at(proxy), allowHalfOpen: true });
    client.on('error', () => {}).resume();
    client.write(UPGRADE);
    await once(client, 'end');
    await eventually(() => expect(proxy.worker.connections()).toBe(0));
    client.destroy();
  });

  test('that the pod refuses at length is cut when the client does not read', async () => {
    const pod = await httpPod((_request, response) => response.writeHead(403).end(Buffer.alloc(64 * 1024 * 1024)));
    undo.defer(() => pod.closeAllConnections());
    const proxy = await proxyTo(pod, {}, { clientIdleMs: 300 });
    const client = connect(at(proxy)).on('error', () => {});
    client.pause().write(UPGRADE);
    await eventually(() => expect(proxy.worker.connections()).toBe(1));
    await eventually(() => expect(proxy.worker.connections()).toBe(0), { timeoutMs: 5000 });
    client.destroy();
  });
});

describe('an answer of a pod', () => {
  test('with a reason phrase that cannot be written gets the usual one', async () => {
    const proxy = await proxyTo(await scriptedPod('HTTP/1.1 404 \xff\xfe\r\nContent-Length: 2\r\n\r\nok'));
    expect(await get(proxy)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  });

  test('to HEAD or HTTP/1.0 that promises trailers comes without the promise', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n';
    const head = await proxyTo(await scriptedPod(chunked));
    const answer = await sendRaw(at(head), 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const old = await proxyTo(await scriptedPod(`${chunked}2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n`));
    expect(await sendRaw(at(old), 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')).toMatch(/200 OK[^]*\r\n\r\nok$/);
  });

  test('with trailers that would frame the message anew comes without those', async () => {
    const proxy = await proxyTo(
      await scriptedPod(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nHost: evil\r\nX-Sum: 1\r\n\r\n',
      ),
    );
    const answer = await get(proxy);
    expect(answer).toMatch(/x-sum: 1/i);
    expect(answer).not.toMatch(/evil/i);
  });

  test('of 204 has no length, whatever the pod says', async () => {
    const proxy = await proxyTo(await scriptedPod('HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello'));
    const answer = await get(proxy);
    expect(answer).toMatch(/^HTTP\/1\.1 204 No\r\n/);
    expect(answer).not.toMatch(/content-length|hello/i);
  });

  test('in a coding that nobody decodes is 502', async () => {
    const proxy = await proxyTo(
      await scriptedPod('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nbytes', { close: true }),
    );
    expect(await get(proxy)).toMatch(/^HTTP\/1\.1 502/);
  });

  test('may be preceded by early hints in any form that Link has, repeated too', async () => {
    const hints = 'Link: </a>; rel=preload, </b>; rel="preload stylesheet"\r\nLink: </c>\r\n';
    const proxy = await proxyTo(
      await scriptedPod(`HTTP/1.1 103 Early Hints\r\n${hints}\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`),
    );
    const answer = await get(proxy);
    expect(answer).toContain(`HTTP/1.1 103 Early Hints\r\n${hints}\r\nHTTP/1.1 200 OK\r\n`);
  });
});

describe('a rule', () => {
  test('that answers itself keeps the connection', async () => {
    const proxy = await proxyTo(await echoPod(), { action: { kind: 'fail', status: 500, reason: 'x' } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    undo.defer(() => agent.destroy());
    expect((await ask({ ...at(proxy), agent })).headers.connection).toBe('keep-alive');
    expect((await ask({ ...at(proxy), agent, method: 'POST', body: 'x' })).status).toBe(500);
  });

  test('that redirects to a path beyond ASCII sends it escaped', async () => {
    const path = { kind: 'full', value: '/日本 ?' } as const;
    const redirect = { scheme: undefined, hostname: undefined, port: undefined, path, status: 302 } as const;
    const proxy = await proxyTo(await echoPod(), { action: { kind: 'redirect', redirect } });
    expect(await get(proxy)).toMatch(/location: http:\/\/a:8080\/%E6%97%A5%E6%9C%AC%20%3F\r\n/);
  });

  test('that sets values beyond ASCII sends UTF-8; one with a line break sets nothing', async () => {
    const edit = {
      set: [
        { name: 'x-utf8', value: 'é日' },
        { name: 'x-broken', value: 'a\r\nx-injected: 1' },
      ],
      add: [],
      remove: [],
    };
    const proxy = await proxyTo(await scriptedPod('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), {
      filters: [
        { kind: 'responseHeaders', edit },
        { kind: 'requestHeaders', edit },
      ],
    });
    const answer = await get(proxy);
    expect(Buffer.from(/x-utf8: (.*)\r\n/.exec(answer)?.[1] ?? '', 'latin1').toString()).toBe('é日');
    expect(answer).not.toMatch(/x-broken|x-injected/);
  });
});

describe('requests sent in one go', () => {
  test('reach the pods one after the other, and none after the client has gone', async () => {
    let open = 0;
    let seen = 0;
    const pod = await rawPod((socket) => {
      open += 1;
      socket.once('close', () => {
        open -= 1;
      });
      socket.once('data', () => {
        seen += 1;
      });
    });
    const proxy = await proxyTo(pod);
    const client = connect(at(proxy)).on('error', () => {});
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'.repeat(3));
    await eventually(() => expect(seen).toBe(1));
    client.destroy();
    await eventually(() => expect([open, proxy.worker.connections()]).toEqual([0, 0]));
    expect(seen).toBe(1);
  });

  test('after one whose answer ends the connection are not served', async () => {
    const paths: string[] = [];
    const pod = await httpPod((request, response) => {
      paths.push(request.url ?? '');
      response.end('ok');
    });
    undo.defer(() => pod.closeAllConnections());
    const proxy = await proxyTo(pod);
    await proxy.send({ kind: 'drain', isDraining: true });
    const answer = await sendRaw(at(proxy), 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(paths).toEqual(['/1']);
  });

  test('by the thousand cost the connection', async () => {
    const proxy = await proxyTo(await rawPod(() => {}));
    await sendRaw(at(proxy), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2000));
    await eventually(() => expect(proxy.worker.connections()).toBe(0));
  });
});

describe('a client that sends all before it reads', () => {
  /** Sends a body of 8 MB, then resolves with what came back. */
  async function upload(proxy: WorkerHarness): Promise<{ readonly client: Socket; readonly answer: () => string }> {
    const client = connect(at(proxy)).on('error', () => {});
    const chunk = Buffer.alloc(65_536);
    client.pause().write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${128 * chunk.length}\r\n\r\n`);
    for (let count = 0; count < 128; count++) if (!client.write(chunk)) await once(client, 'drain');
    let text = '';
    client.on('data', (data: Buffer) => {
      text += data.toString('latin1');
    });
    return { client: client.resume(), answer: () => text };
  }

  test('gets the answer of a rule that wants no body, and then the end', async () => {
    const proxy = await proxyTo(await echoPod(), { action: { kind: 'fail', status: 500, reason: 'x' } });
    const { client, answer } = await upload(proxy);
    await once(client, 'close');
    expect(answer()).toMatch(/^HTTP\/1\.1 500 [^]*\r\nConnection: close\r\n/);
  });

  test('gets the answer of a pod that wants no body, and may ask again', async () => {
    const pod = await httpPod((_request, response) => response.writeHead(413).end('too much'));
    undo.defer(() => pod.closeAllConnections());
    const proxy = await proxyTo(pod);
    const { client, answer } = await upload(proxy);
    await eventually(() => expect(answer()).toMatch(/^HTTP\/1\.1 413/));
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(client, 'close');
    expect(answer().match(/HTTP\/1\.1 413/g)).toHaveLength(2);
  });
});

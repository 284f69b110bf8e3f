// The echo server on real sockets.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request as http1 } from 'node:http';
import { connect as http2 } from 'node:http2';
import { request as https1 } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { EchoAnswer } from '../../lab/echo/http-answer.ts';
import { type EchoConfig, echoConfig, modeOf } from '../../lab/echo/identity.ts';
import { type EchoListener, listenAll } from '../../lab/echo/main.ts';
import { run } from '../../lab/network/children.ts';

let listeners: readonly EchoListener[] = [];

async function certificate(): Promise<NonNullable<EchoConfig['tls']>> {
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=pod',
  ];
  const pem = await run(['openssl', 'req', '-x509', ...options, '-keyout', '-', '-out', '-']);
  const start = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { certificate: pem.slice(start), key: pem.slice(0, start) };
}

beforeAll(async () => {
  const ports = [
    { name: 'http', port: 0, protocol: 'TCP' },
    { name: 'https', port: 0, protocol: 'TCP' },
    { name: 'tcp-raw', port: 0, protocol: 'TCP' },
    { name: 'dns', port: 0, protocol: 'UDP' },
  ] as const;
  listeners = await listenAll({
    pod: 'p1',
    namespace: 'ns',
    node: 'w1',
    ip: '127.0.0.1',
    ports,
    tls: await certificate(),
  });
});

afterAll(() => {
  for (const listener of listeners) listener.close();
});

function portOf(name: string): number {
  const listener = listeners.find((candidate) => candidate.name === name);
  if (listener === undefined) throw new Error(`nothing listens as ${name}`);
  return listener.port;
}

interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

function get(path: string, { tls = false, method = 'GET', body = '' } = {}): Promise<Seen> {
  const options = { host: '127.0.0.1', path, method, headers: { host: 'shop.example.test', connection: 'close' } };
  return new Promise((resolve, reject) => {
    const sent = tls
      ? https1({ ...options, port: portOf('https'), rejectUnauthorized: false })
      : http1({ ...options, port: portOf('http') });
    sent.once('error', reject).once('response', (response) => {
      text(response).then(
        (all) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: all }),
        reject,
      );
    });
    sent.end(body);
  });
}

describe('the echo server', () => {
  test('says who it is and what it received over HTTP/1.1', async () => {
    const { status, headers, body } = await get('/a/b?c=d', { method: 'POST', body: 'hello' });
    expect(status).toBe(200);
    expect(headers['x-echo-pod']).toBe('p1');
    expect(JSON.parse(body)).toMatchObject({
      pod: 'p1',
      namespace: 'ns',
      node: 'w1',
      ip: '127.0.0.1',
      method: 'POST',
      path: '/a/b?c=d',
      host: 'shop.example.test',
      httpVersion: '1.1',
      clientAddress: '127.0.0.1',
      port: portOf('http'),
      tls: false,
      bodyBytes: 5,
    });
  });

  test('answers HTTP/2 with prior knowledge on the same port', async () => {
    const session = http2(`http://127.0.0.1:${portOf('http')}`);
    const stream = session.request({ ':path': '/two' });
    const answer = JSON.parse(await text(stream)) as EchoAnswer;
    session.close();
    expect(answer).toMatchObject({ httpVersion: '2.0', path: '/two', pod: 'p1', port: portOf('http') });
  });

  test('answers over TLS where the pod has a certificate', async () => {
    const { body } = await get('/safe', { tls: true });
    expect(JSON.parse(body)).toMatchObject({ path: '/safe', tls: true, port: portOf('https') });
  });

  test('keeps connections open for more requests', async () => {
    const socket = connect(portOf('http'), '127.0.0.1');
    const received: string[] = [];
    socket.setEncoding('utf8').on('data', (chunk: string) => received.push(chunk));
    for (const path of ['/first', '/second']) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      while (!received.join('').includes(`"path": "${path}"`)) await once(socket, 'data');
    }
    socket.destroy();
    expect(received.join('').match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test.each([
    { switches: 'status=503', expected: { status: 503 } },
    { switches: 'status=99', expected: { status: 200 } },
  ])('?$switches is answered with status $expected.status', async ({ switches, expected }) => {
    expect(await get(`/?${switches}`)).toMatchObject(expected);
  });

  test('?size and ?chunks give an answer of that many bytes in pieces', async () => {
    const { headers, body } = await get('/?size=1000&chunks=3');
    expect(body).toBe('x'.repeat(1000));
    expect(headers['transfer-encoding']).toBe('chunked');
    expect((await get('/?size=10')).headers['content-length']).toBe('10');
  });

  test('?delay holds the answer back', async () => {
    const start = performance.now();
    await get('/?delay=150');
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
  });

  test('echoes WebSocket frames, text as text and binary as binary', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${portOf('http')}/chat`);
    await once(socket, 'open');
    socket.send('hello');
    const [first, firstIsBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    socket.send(Buffer.from([1, 2, 3]));
    const [second, secondIsBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    socket.close();
    expect([first.toString(), firstIsBinary]).toEqual(['hello', false]);
    expect([[...second], secondIsBinary]).toEqual([[1, 2, 3], true]);
  });

  test('echoes plain TCP where the port is named so', async () => {
    const socket = connect(portOf('tcp-raw'), '127.0.0.1');
    socket.end('anything at all');
    expect(await text(socket)).toBe('anything at all');
  });

  test('echoes UDP datagrams', async () => {
    const socket = createSocket('udp4');
    socket.send('ping', portOf('dns'), '127.0.0.1');
    const [data] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    expect(data.toString()).toBe('ping');
  });
});

describe('what an echo server is', () => {
  const tls = { certificate: 'c', key: 'k' };

  test.each([
    { port: { name: 'x', port: 53, protocol: 'UDP' }, tls: undefined, mode: 'udp' },
    { port: { name: 'tcp-db', port: 443, protocol: 'TCP' }, tls, mode: 'tcp' },
    { port: { name: 'https', port: 9000, protocol: 'TCP' }, tls, mode: 'https' },
    { port: { name: 'web', port: 8443, protocol: 'TCP' }, tls, mode: 'https' },
    { port: { name: 'https', port: 8443, protocol: 'TCP' }, tls: undefined, mode: 'http' },
    { port: { name: 'web', port: 80, protocol: 'TCP' }, tls, mode: 'http' },
  ] as const)('port $port.name $port.port over $port.protocol answers as $mode', ({ port, tls: material, mode }) => {
    expect(modeOf(port, { tls: material })).toBe(mode);
  });

  test('without ports it listens on 8080, and names that a manifest sets win', () => {
    expect(echoConfig({ LAB_ECHO: '{"pod":"a","node":"w1"}', POD_NAME: 'b' })).toMatchObject({
      pod: 'b',
      node: 'w1',
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
  });
});

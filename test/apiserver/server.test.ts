// Around the API: who gets in, limits, what is left of a moment that is forgotten.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningApiServer, startApiServer } from '../../apiserver/start.ts';
import type { ApiServerSettings } from '../../config/apiserver.ts';
import { createLogger } from '../../runtime/logger.ts';
import { Client } from './support/client.ts';

let folder: string;
let server: RunningApiServer;
let client: Client;
const lines: string[] = [];
const stop = new AbortController();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fl-server-'));
  writeFileSync(join(folder, 'tokens'), '# who\nadmin-token\nother-token,jane,7,"dev,ops"\n');
  const request = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(' ');
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', ['req', '-x509', ...request, ...args], { stdio: 'ignore' });
  openssl('-subj', '/CN=client-ca', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  openssl(
    '-subj',
    '/O=system:masters/CN=jim',
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-keyout',
    at('jim.key'),
    '-out',
    at('jim.crt'),
  );
  openssl('-subj', '/O=system:masters/CN=eve', '-keyout', at('eve.key'), '-out', at('eve.crt'));
  const settings: ApiServerSettings = {
    listen: { host: '127.0.0.1', port: 0 },
    socket: at('api.sock'),
    data: at('data.db'),
    tokenFile: at('tokens'),
    clientCa: at('ca.crt'),
    writeKubeconfig: at('kubeconfig'),
    tlsSan: ['api.example.test'],
    crdDir: [],
    logLevel: 'trace',
  };
  const log = createLogger({ program: 'test', level: 'trace', to: { write: (line: string) => void lines.push(line) } });
  server = await startApiServer({ settings, log }, stop.signal);
  client = clientWith({ authorization: 'Bearer admin-token' });
});

afterAll(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function clientWith(headers: Readonly<Record<string, string>>, files: { cert?: string; key?: string } = {}): Client {
  return new Client({ url: server.url ?? '', headers, tls: { ca: server.ca, ...files } });
}

async function whoAmI(asked: Client): Promise<unknown> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  return (await asked.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', body)).body.status?.userInfo
    ?.username;
}

const certificate = (name: string): { cert: string; key: string } => ({
  cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
  key: readFileSync(join(folder, `${name}.key`), 'utf8'),
});

describe('who gets in', () => {
  test('nobody without a token or certificate', async () => {
    const answer = await clientWith({}).get('/api/v1/namespaces');
    expect([answer.code, answer.body.reason]).toEqual([401, 'Unauthorized']);
  });

  test.each(['Bearer wrong', 'Bearer admin-tokenx', 'Basic YTpi', 'Bearer'])(
    'nobody with "%s"',
    async (authorization) => {
      expect((await clientWith({ authorization }).get('/healthz')).code).toBe(401);
    },
  );

  test('the bearer of a token is the user of its line', async () => {
    expect(await whoAmI(clientWith({ authorization: 'Bearer other-token' }))).toBe('jane');
    expect(await whoAmI(client)).toBe('system:admin');
  });

  test('a certificate of the client CA is its subject, one of another CA is nobody', async () => {
    expect(await whoAmI(clientWith({}, certificate('jim')))).toBe('jim');
    expect((await clientWith({}, certificate('eve')).get('/healthz')).code).toBe(401);
  });

  test('the unix socket needs no token: its mode has decided', async () => {
    const local = new Client({ url: 'http://localhost', headers: {}, tls: {}, socketPath: join(folder, 'api.sock') });
    expect((await local.get('/api/v1/namespaces')).code).toBe(200);
  });

  test('a TokenReview tells whose a token is', async () => {
    const review = (token: string): object => ({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const good = await client.create('/apis/authentication.k8s.io/v1/tokenreviews', review('other-token'));
    expect(good.body.status).toMatchObject({
      authenticated: true,
      user: { username: 'jane', groups: ['dev', 'ops', 'system:authenticated'] },
    });
    const bad = await client.create('/apis/authentication.k8s.io/v1/tokenreviews', review('x'));
    expect(bad.body.status).toEqual({ authenticated: false });
  });

  test('the kubeconfig that it writes is its owner’s alone and lets in', async () => {
    const config = JSON.parse(readFileSync(join(folder, 'kubeconfig'), 'utf8'));
    expect(config.users[0].user.token).toBe('admin-token');
    expect(config.clusters[0].cluster.server).toBe(server.url);
  });

  test('no token is ever logged', () => {
    expect(lines.join()).not.toMatch(/admin-token|other-token/);
  });
});

describe('limits', () => {
  test('a body above 3 MiB is refused with 413, and the server goes on', async () => {
    const body = { metadata: { name: 'big' }, data: { x: 'x'.repeat(3.5 * 1024 * 1024) } };
    const answer = await client.create('/api/v1/namespaces/default/configmaps', body).catch((error: unknown) => error);
    if (!Error.isError(answer)) expect(answer).toMatchObject({ code: 413 });
    expect((await client.get('/healthz')).code).toBe(200);
  });

  test('a URL above 16 KiB is refused with 414', async () => {
    expect((await client.get(`/api/v1/namespaces?labelSelector=${'a'.repeat(17_000)}`)).code).toBe(414);
  });

  test('broken percent-encoding is refused with 400', async () => {
    expect((await client.get('/api/v1/namespaces/%ZZ')).code).toBe(400);
  });

  test('plain HTTP on the TLS port is dropped and the server goes on', async () => {
    const socket = connect(Number(new URL(server.url ?? '').port), '127.0.0.1');
    socket.on('error', () => {});
    socket.end('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await client.get('/healthz')).code).toBe(200);
  });
});

describe('after a compaction', () => {
  test('the next page of an old list is 410 Gone, and so is a list of that moment', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    for (const name of ['p1', 'p2', 'p3']) await client.create(path, { metadata: { name } });
    const first = (await client.get(`${path}?limit=1`)).body.metadata;
    await client.create(path, { metadata: { name: 'p4' } });
    server.api.store.compact(server.api.store.revision);
    const next = await client.get(`${path}?limit=1&continue=${first.continue}`);
    expect([next.code, next.body.reason]).toEqual([410, 'Expired']);
    const exact = await client.get(`${path}?resourceVersion=${first.resourceVersion}&resourceVersionMatch=Exact`);
    expect([exact.code, exact.body.reason]).toEqual([410, 'Expired']);
  });

  test('a watch from before gets an ERROR event of 410 and ends', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const revision = (await client.get(path)).body.metadata.resourceVersion;
    await client.create(path, { metadata: { name: 'w1' } });
    server.api.store.compact(server.api.store.revision);
    using watch = await client.watch(`${path}?watch=1&resourceVersion=${revision}`);
    expect(await watch.next()).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
    expect(await watch.next()).toBeUndefined();
  });
});

// The whole proxy of a node on loopback: embedded API server, supervisor, worker processes, real requests.

import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseGateway, parseHttpRoute } from '../../api/gateway.ts';
import { parseServingReport, type ServingReport } from '../../api/serving-report.ts';
import { startApiServer } from '../../apiserver/start.ts';
import { apiServerSettings } from '../../config/apiserver.ts';
import { anonymousAccess } from '../../kube/access.ts';
import { KubeClient } from '../../kube/client.ts';
import { run } from '../../proxy/main.ts';
import { eventually } from '../support/eventually.ts';
import { freshLoopback, testCa, tlsSecretData } from '../support/proxy/fixtures.ts';
import { ask, type Reply } from '../support/proxy/http-client.ts';
import { quietLog } from '../support/quiet-log.ts';

const address = freshLoopback();
const stop = new AbortController();
let folder: string;
let client: KubeClient;
let exit: Promise<number>;
let apiServer: AsyncDisposable;
let pods: Server[];
let metricsPort: number;
const undo = new AsyncDisposableStack();

async function create(path: string, body: object): Promise<void> {
  await client.request('POST', path, { body, signal: AbortSignal.timeout(5000) });
}

async function patch(path: string, body: object): Promise<void> {
  const contentType = 'application/merge-patch+json';
  await client.request('PATCH', path, { body, contentType, signal: AbortSignal.timeout(5000) });
}

async function read(path: string): Promise<unknown> {
  return client.request('GET', path, { signal: AbortSignal.timeout(5000) });
}

async function startPod(name: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ pod: name, headers: request.headers, url: request.url }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.defer(() => server.close().closeAllConnections());
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function startServer(): Promise<void> {
  const settings = apiServerSettings.parse({
    data: join(folder, 'api.db'),
    listen: 'none',
    socket: join(folder, 'api.sock'),
  });
  apiServer = await startApiServer({ settings, log: quietLog() }, new AbortController().signal);
}

const slice = (name: string, pod: Server): object => ({
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: '', port: portOf(pod) }],
  endpoints: [{ addresses: ['127.0.0.1'] }],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fl-proxy-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'api.sock');
  client = undo.use(new KubeClient(anonymousAccess(`unix://${socket}`)));
  pods = [await startPod('one'), await startPod('two')];
  await writeFile(
    join(folder, 'kubeconfig'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `unix://${socket}` } }],
      users: [{ name: 'u', user: {} }],
    }),
  );
  metricsPort = await freePort();
  const flags = {
    '--kubeconfig': join(folder, 'kubeconfig'),
    '--node': 'lb1',
    '--workers': '2',
    '--metrics-address': `127.0.0.1:${metricsPort}`,
    '--serving-socket': join(folder, 'serving.sock'),
    '--debug-socket': join(folder, 'debug.sock'),
    '--access-log': join(folder, 'access.log'),
    '--log-level': process.env['FL_LOG'] ?? 'silent',
    '--drain-seconds': '2',
  };
  exit = run(Object.entries(flags).flat(), stop.signal);
  // The proxy is there first and has to wait.
  await startServer();
  for (const name of ['shop', 'fairlead-system']) {
    await create('/api/v1/namespaces', { metadata: { name } }).catch(() => {});
  }
  await create('/apis/gateway.networking.k8s.io/v1/gatewayclasses', {
    metadata: { name: 'fairlead' },
    spec: { controllerName: 'fairlead.dev/gateway-controller' },
  });
  await create('/api/v1/namespaces/shop/secrets', {
    metadata: { name: 'cert' },
    type: 'kubernetes.io/tls',
    data: tlsSecretData('shop'),
  });
  await create('/api/v1/namespaces/shop/services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  await create('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', slice('web-1', pods[0] as Server));
  await create('/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways', {
    metadata: { name: 'edge' },
    spec: {
      gatewayClassName: 'fairlead',
      listeners: [
        { name: 'http', port: 8080, protocol: 'HTTP' },
        {
          name: 'https',
          port: 8443,
          protocol: 'HTTPS',
          hostname: 'shop.example.test',
          tls: { certificateRefs: [{ name: 'cert' }] },
        },
      ],
    },
  });
  await create('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes', {
    metadata: { name: 'site' },
    spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
  });
  await patch('/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/edge/status', {
    status: { addresses: [{ type: 'IPAddress', value: address }] },
  });
}, 20_000);

afterAll(async () => {
  stop.abort();
  await exit;
  await apiServer[Symbol.asyncDispose]();
  await undo.disposeAsync();
}, 20_000);

describe('fairlead proxy', () => {
  test('a Gateway with an address is served over HTTP and HTTPS by its route', async () => {
    const plain = await eventually(async () => {
      const reply = await ask({ host: address, port: 8080, path: '/x', headers: { host: 'any.example' } });
      expect(reply.status).toBe(200);
      return reply;
    });
    expect(JSON.parse(plain.body)).toMatchObject({ pod: 'one', url: '/x' });
    const secure = await ask({
      host: address,
      port: 8443,
      headers: { host: 'shop.example.test' },
      tls: { ca: testCa(), servername: 'shop.example.test' },
    });
    expect(secure.status).toBe(200);
  }, 20_000);

  test('the leader says of the class whether the installed Gateway API is one that it knows', async () => {
    await eventually(async () => {
      expect(await read('/apis/gateway.networking.k8s.io/v1/gatewayclasses/fairlead')).toMatchObject({
        status: {
          conditions: expect.arrayContaining([
            expect.objectContaining({ type: 'SupportedVersion', status: 'True', reason: 'SupportedVersion' }),
          ]),
        },
      });
    });
  }, 20_000);

  test('the leader writes the status of Gateway and route once the workers have taken them over', async () => {
    await eventually(async () => {
      const gateway = parseGateway(await read('/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/edge'));
      const status = gateway.ok ? gateway.value.status : undefined;
      const conditions = Object.fromEntries(status?.conditions.map((one) => [one.type, one.status]) ?? []);
      expect(conditions).toMatchObject({ Accepted: 'True', Programmed: 'True' });
      expect(status?.listeners.map(({ name }) => name)).toEqual(['http', 'https']);
      const route = parseHttpRoute(await read('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/site'));
      expect(route.ok ? route.value.status.parents : undefined).toHaveLength(1);
    });
  }, 10_000);

  test('a pod that is added gets its share of requests within a second', async () => {
    const startedAt = performance.now();
    await create('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', slice('web-2', pods[1] as Server));
    await eventually(async () => {
      const { body } = await ask({ host: address, port: 8080, agent: false });
      expect(JSON.parse(body).pod).toBe('two');
    });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('says when its certificate ends; a Secret of another type is none, and that is said', async () => {
    await eventually(async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      expect(metrics).toMatch(/fairlead_proxy_certificate_expiry_seconds\{secret="shop\/cert"\} [4-9]\d{9}\b/);
    });
    await create('/api/v1/namespaces/shop/secrets', { metadata: { name: 'opaque' }, data: tlsSecretData('shop') });
    const gateway = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways';
    const tls = { certificateRefs: [{ name: 'opaque' }] };
    await create(gateway, {
      metadata: { name: 'wrong' },
      spec: { gatewayClassName: 'fairlead', listeners: [{ name: 'https', port: 8444, protocol: 'HTTPS', tls }] },
    });
    await eventually(async () => {
      const conditions = JSON.stringify(await read(`${gateway}/wrong`));
      expect(conditions).toMatch(/"InvalidCertificateRef"/);
      expect(conditions).toMatch(/Secret shop\/opaque is missing, or not of type kubernetes.io\/tls/);
    });
    await client.request('DELETE', `${gateway}/wrong`, { signal: AbortSignal.timeout(5000) });
  }, 10_000);

  test('after SIGHUP the access log goes on in a file of its old name', async () => {
    const path = join(folder, 'access.log');
    await rename(path, `${path}.1`);
    process.emit('SIGHUP');
    await eventually(() => stat(path));
    await eventually(async () => {
      expect((await ask({ host: address, port: 8080, path: '/rotated', agent: false })).status).toBe(200);
      expect(await readFile(path, 'utf8')).toContain('/rotated');
    });
  });

  test('without its API server it goes on serving, and takes up what has changed when it is back', async () => {
    await apiServer[Symbol.asyncDispose]();
    for (let i = 0; i < 10; i++) expect((await ask({ host: address, port: 8080, agent: false })).status).toBe(200);
    await startServer();
    await patch('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-1', { endpoints: [] });
    await eventually(
      async () => {
        const replies = await Promise.all([1, 2, 3, 4].map(() => ask({ host: address, port: 8080, agent: false })));
        expect(replies.map(({ body }) => JSON.parse(body).pod)).toEqual(['two', 'two', 'two', 'two']);
      },
      { timeoutMs: 15_000 },
    );
  }, 20_000);

  test('a Secret that turns to garbage takes its listener down and nothing else, until it is mended', async () => {
    const secret = '/api/v1/namespaces/shop/secrets/cert';
    const overTls = (): Promise<Reply> =>
      ask({
        host: address,
        port: 8443,
        agent: false,
        headers: { host: 'shop.example.test' },
        tls: { ca: testCa(), servername: 'shop.example.test' },
      });
    await patch(secret, { data: { 'tls.crt': Buffer.from('garbage').toString('base64') } });
    await eventually(() => expect(overTls()).rejects.toThrow());
    expect((await ask({ host: address, port: 8080, agent: false })).status).toBe(200);
    await patch(secret, { data: tlsSecretData('shop-renewed') });
    await eventually(async () => expect((await overTls()).status).toBe(200));
  }, 15_000);

  test('the address is reported while served, is closing when its Gateway goes, and closes once withdrawn', async () => {
    const speaker = connect(join(folder, 'serving.sock'));
    undo.defer(() => void speaker.destroy());
    let last: ServingReport | undefined;
    createInterface({ input: speaker }).on('line', (line) => {
      const report = parseServingReport(JSON.parse(line));
      if (report.ok) last = report.value;
    });
    speaker.write(`${JSON.stringify({ type: 'announced', addresses: [address], draining: false })}\n`);
    await eventually(() => expect(last?.addresses).toEqual([expect.objectContaining({ address, state: 'serving' })]));
    await client.request('DELETE', '/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/edge', {
      signal: AbortSignal.timeout(5000),
    });
    await eventually(() => expect(last?.addresses).toEqual([expect.objectContaining({ address, state: 'closing' })]));
    expect((await ask({ host: address, port: 8080, agent: false })).status).toBe(200);
    speaker.write(`${JSON.stringify({ type: 'announced', addresses: [], draining: false })}\n`);
    await eventually(() => expect(last?.addresses).toEqual([]));
    await eventually(() =>
      expect(ask({ host: address, port: 8080, agent: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' }),
    );
  }, 15_000);

  test('at the end it stops its workers and exits with 0', async () => {
    stop.abort();
    expect(await exit).toBe(0);
  }, 10_000);
});

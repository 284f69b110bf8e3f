// Worker processes: told, killed, replaced, stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { WebSocket, WebSocketServer } from 'ws';
import type { IpAddress } from '../../../net/address.ts';
import { registerTrafficMetrics } from '../../../proxy/apply/traffic-metrics.ts';
import { WorkerFleet, type WorkerFleetOptions } from '../../../proxy/apply/worker-fleet.ts';
import type { PortTable } from '../../../proxy/plan/routing-table.ts';
import { DEFAULT_TRAFFIC_SETTINGS } from '../../../proxy/traffic/traffic-settings.ts';
import { eventually } from '../../support/eventually.ts';
import { freshLoopback } from '../../support/proxy/fixtures.ts';
import { ask } from '../../support/proxy/http-client.ts';
import { echoPod, httpPod, parseSeen } from '../../support/proxy/pods.ts';
import { backendKey, plainPort, ruleFor } from '../../support/proxy/table.ts';
import { quietLog } from '../../support/quiet-log.ts';

let undo = new AsyncDisposableStack();
afterEach(async () => {
  await undo.disposeAsync();
  undo = new AsyncDisposableStack();
});

const address = freshLoopback();
const port = (number = 8080): PortTable => plainPort([ruleFor('/')], { address, port: number });
const never = new AbortController().signal;

async function startFleet(workers: number, more: Partial<WorkerFleetOptions> = {}): Promise<WorkerFleet> {
  const pod = await echoPod();
  undo.defer(() => pod.close().closeAllConnections());
  const sockets = new WebSocketServer({ server: pod });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const fleet = new WorkerFleet({
    workers,
    settings: { ...DEFAULT_TRAFFIC_SETTINGS, accessLog: 'none', drainQuietMs: 100 },
    log: quietLog(),
    onChange: () => {},
    workerPath: join(import.meta.dirname, '../../../proxy/traffic/worker-main.ts'),
    ...more,
  });
  undo.defer(() => fleet.stop(1000));
  fleet.start();
  const endpoint = { address: '127.0.0.1' as IpAddress, port: (pod.address() as AddressInfo).port };
  fleet.changeEndpoints({ changed: [{ backend: backendKey('web'), endpoints: [endpoint] }], removed: [] });
  return fleet;
}

const get = (number = 8080): ReturnType<typeof ask> => ask({ host: address, port: number, agent: false });

/** All are there and have taken over all that they were told. */
async function untilReady(fleet: WorkerFleet, workers: number): Promise<void> {
  await eventually(() => expect(fleet.views().filter(({ isReady }) => isReady)).toHaveLength(workers), {
    timeoutMs: 10_000,
  });
  await fleet.untilSettled(never);
}

describe('a fleet of workers', () => {
  test('serves when every worker has said so, together on one socket each', async () => {
    const fleet = await startFleet(2);
    fleet.setTable({ ports: [port()] });
    expect(fleet.socketStates()).toEqual([]);
    await untilReady(fleet, 2);
    await fleet.untilSettled(never);
    expect(fleet.socketStates()).toEqual([{ kind: 'open', socket: { address, port: 8080, protocol: 'HTTP' } }]);
    expect((await get()).status).toBe(200);
    fleet.setTable({ ports: [port(), port(8081)] });
    await fleet.untilSettled(never);
    expect((await get(8081)).status).toBe(200);
  }, 15_000);

  test('replaces a worker that is killed; the connections of the other live on', async () => {
    const fleet = await startFleet(2);
    fleet.setTable({ ports: [port()] });
    await untilReady(fleet, 2);
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = new WebSocket(`ws://${address}:8080/`);
        client.on('error', () => {});
        await once(client, 'open');
        return client;
      }),
    );
    const victim = fleet.views()[0]?.pid ?? 0;
    process.kill(victim, 'SIGKILL');
    await eventually(() => expect(fleet.views().map(({ pid }) => pid)).not.toContain(victim));
    await untilReady(fleet, 2);
    const alive = clients.filter(({ readyState }) => readyState === WebSocket.OPEN);
    expect(alive.length).toBeGreaterThan(0);
    expect(alive.length).toBeLessThan(20);
    for (const client of alive) {
      client.send('still there');
      expect(String((await once(client, 'message'))[0])).toBe('still there');
      client.close();
    }
    expect((await get()).status).toBe(200);
    expect(fleet.socketStates()).toEqual([expect.objectContaining({ kind: 'open' })]);
  }, 20_000);

  test('replaces a worker that hangs', async () => {
    const fleet = await startFleet(2, { checkMs: 200 });
    fleet.setTable({ ports: [port()] });
    await untilReady(fleet, 2);
    const victim = fleet.views()[0]?.pid ?? 0;
    process.kill(victim, 'SIGSTOP');
    await eventually(() => expect(fleet.views().map(({ pid }) => pid)).not.toContain(victim), { timeoutMs: 10_000 });
    await untilReady(fleet, 2);
    expect((await get()).status).toBe(200);
  }, 20_000);

  test('hears of a process that could not be made', async () => {
    const source = new URL('../../../proxy/apply/worker-process.ts', import.meta.url).href;
    const script = `
      const { WorkerProcess } = await import(${JSON.stringify(source)});
      process.execPath = '/nonexistent/node';
      new WorkerProcess({ path: 'x', onChange() {}, onLog() {}, onExit: (how) => console.log(how) });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    expect(String((await once(child.stdout, 'data'))[0])).toBe('not started\n');
  });

  test('a socket that another program holds is a failure with the reason, heals by itself, and disturbs nothing', async () => {
    const squatter = createServer().listen(8090, address);
    await once(squatter, 'listening');
    const fleet = await startFleet(1);
    fleet.setTable({ ports: [port(), port(8090)] });
    await eventually(() =>
      expect(fleet.socketStates().map((state) => (state.kind === 'failed' ? state.reason : state.kind))).toEqual([
        'open',
        expect.stringMatching(/port 8090 \(EADDRINUSE\): another program listens there/),
      ]),
    );
    expect((await get()).status).toBe(200);
    squatter.close();
    await once(squatter, 'close');
    fleet.retryFailed();
    await eventually(() => expect(fleet.socketStates().map(({ kind }) => kind)).toEqual(['open', 'open']));
    expect((await get(8090)).status).toBe(200);
  }, 15_000);

  test('an address that is not on the node names the sysctl that lets it be opened', async () => {
    const fleet = await startFleet(1);
    fleet.setTable({ ports: [{ ...port(), address: '198.51.100.77' as IpAddress }] });
    await eventually(() => {
      const [state] = fleet.socketStates();
      expect(state).toBeDefined();
      if (state?.kind === 'failed') expect(state.reason).toMatch(/EADDRNOTAVAIL.*net\.ipv4\.ip_nonlocal_bind=1/);
    });
  }, 15_000);

  test('endpoints change without a new table, and counters are summed over the dead and the living', async () => {
    const fleet = await startFleet(2);
    const registry = new Registry();
    registerTrafficMetrics(registry, fleet.counters);
    fleet.setTable({ ports: [port()] });
    await untilReady(fleet, 2);
    for (let i = 0; i < 10; i++) expect(parseSeen((await get()).body).pod).toBe('pod');
    const count = /fairlead_proxy_requests_total\{[^}]*code="2xx"\} (\d+)/;
    const total = async (): Promise<number> =>
      [...(await registry.metrics()).matchAll(new RegExp(count, 'g'))].reduce(
        (sum, match) => sum + Number(match[1]),
        0,
      );
    await eventually(async () => expect(await total()).toBe(10));
    for (const { pid } of fleet.views()) process.kill(pid, 'SIGKILL');
    await untilReady(fleet, 2);
    expect(await total()).toBe(10);
    expect(await registry.metrics()).toMatch(/request_duration_seconds_bucket\{[^}]*le="\+Inf"[^}]*\} 10/);
    const other = await echoPod('other');
    undo.defer(() => other.close().closeAllConnections());
    const endpoint = { address: '127.0.0.1' as IpAddress, port: (other.address() as AddressInfo).port };
    fleet.changeEndpoints({ changed: [{ backend: backendKey('web'), endpoints: [endpoint] }], removed: [] });
    await fleet.untilSettled(never);
    expect(parseSeen((await get()).body).pod).toBe('other');
  }, 20_000);

  test('stops after the requests under way, and cuts what does not end', async () => {
    const fleet = await startFleet(2);
    fleet.setTable({ ports: [port()] });
    await untilReady(fleet, 2);
    const client = new WebSocket(`ws://${address}:8080/`);
    client.on('error', () => {});
    await once(client, 'open');
    const closed = once(client, 'close');
    await fleet.stop(200);
    await closed;
    expect(fleet.views()).toEqual([]);
    await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }, 15_000);

  test('whose supervisor is killed stops accepting, ends what is under way, and goes', async () => {
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const pod = await httpPod(async (request, response) => {
      if (request.url === '/slow') {
        arrived.resolve();
        await gate.promise;
      }
      response.end('ended well');
    });
    undo.defer(() => pod.close().closeAllConnections());
    const own = freshLoopback();
    const script = join(import.meta.dirname, '../../support/proxy/supervisor.ts');
    const podPort = String((pod.address() as AddressInfo).port);
    const supervisor = spawn(process.execPath, [script, own, podPort], { stdio: ['ignore', 'pipe', 'inherit'] });
    const worker = Number(
      String((await once(supervisor.stdout, 'data'))[0])
        .trim()
        .split('\n')
        .at(-1),
    );
    const underWay = ask({ host: own, port: 8080, path: '/slow', agent: false });
    await arrived.promise;
    supervisor.kill('SIGKILL');
    await eventually(() =>
      expect(ask({ host: own, port: 8080, agent: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' }),
    );
    gate.resolve();
    expect((await underWay).body).toBe('ended well');
    // A zombie that nobody has reaped yet has no command line any more.
    await eventually(async () => {
      expect(await readFile(`/proc/${worker}/cmdline`, 'utf8').catch(() => '')).toBe('');
    });
  }, 15_000);
});

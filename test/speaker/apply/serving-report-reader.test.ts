import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeReport, type ServingReport } from '../../../api/serving-report.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { ServingReportReader } from '../../../speaker/apply/serving-report-reader.ts';
import { eventually } from '../../support/eventually.ts';
import { ip, served } from '../support/objects.ts';

const report = (overrides: Partial<ServingReport> = {}): ServingReport => ({
  type: 'report',
  node: 'lb1',
  sequence: 1,
  addresses: [served('203.0.113.10')],
  connections: 0,
  ...overrides,
});

describe('ServingReportReader', () => {
  let folder: string;
  let server: Server;
  let sockets: Socket[];
  let changes: number;
  let badLines: string[];
  let stop: AbortController;
  let reader: ServingReportReader;
  let running: Promise<void>;
  let clockSpeed: number;

  const proxySocket = (): Socket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('the reader has not connected yet');
    return socket;
  };
  const connected = (count = 1): Promise<void> =>
    eventually(() => expect(sockets.length).toBeGreaterThanOrEqual(count));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fl-reader-'));
    [sockets, changes, badLines, stop] = [[], 0, [], new AbortController()];
    clockSpeed = 1;
    server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    server.listen(join(folder, 's.sock'));
    await once(server, 'listening');
    reader = new ServingReportReader({
      path: join(folder, 's.sock'),
      clock: { ...systemClock, monotonic: () => systemClock.monotonic() * clockSpeed },
      onChange: () => changes++,
      onBadLine: (why) => badLines.push(why),
    });
    running = reader.run(stop.signal);
    await connected();
  });

  afterEach(async () => {
    stop.abort();
    for (const socket of sockets) socket.destroy();
    server.close();
    await running;
    await rm(folder, { recursive: true });
  });

  test('a report counts when its line is complete, in whatever pieces it comes', async () => {
    const line = encodeReport(report());
    proxySocket().write(line.slice(0, 20));
    proxySocket().write(line.slice(20, -1));
    expect(reader.served()).toEqual({ kind: 'absent' });
    proxySocket().write('\n');
    await eventually(() => expect(reader.served()).toEqual({ kind: 'fresh', report: report() }));
  });

  test('repetitions are signs of life and no changes', async () => {
    for (const each of [report(), report(), report(), report({ sequence: 2 }), report({ sequence: 2, connections: 7 })])
      proxySocket().write(encodeReport(each));
    await eventually(() => expect(reader.served()).toMatchObject({ report: { connections: 7 } }));
    expect(changes).toBe(3);
  });

  test('the end of the connection is the end of all serving, at once', async () => {
    proxySocket().write(encodeReport(report()));
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
    proxySocket().destroy();
    await eventually(() => expect(reader.served()).toEqual({ kind: 'stale' }), { timeoutMs: 200, everyMs: 1 });
    await connected(2);
    proxySocket().write(encodeReport(report()));
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
  });

  test('four missed beats are silence, and the next one ends it', async () => {
    proxySocket().write(encodeReport(report()));
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
    await eventually(() => expect(reader.served().kind).toBe('stale'), { timeoutMs: 2000 });
    expect(reader.ageMs()).toBeGreaterThanOrEqual(1000);
    proxySocket().write(encodeReport(report()));
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
  });

  test('silence is noticed also when the timer ends before its time has passed on the clock', async () => {
    clockSpeed = 0.9;
    proxySocket().write(encodeReport(report()));
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
    await eventually(() => expect(reader.served().kind).toBe('stale'), { timeoutMs: 2000 });
  });

  test('a line that is no report is told of and skipped', async () => {
    proxySocket().write(`{"type":"report"}\nnonsense\n${encodeReport(report())}`);
    await eventually(() => expect(reader.served().kind).toBe('fresh'));
    expect(badLines).toHaveLength(2);
  });

  test('the proxy hears what is announced, at once and on every new connection', async () => {
    const heard = (socket: Socket): Promise<string> =>
      new Promise((resolve) => {
        let text = '';
        socket.on('data', (chunk) => {
          text += String(chunk);
          if (text.includes('203.0.113.10')) resolve(text);
        });
      });
    const first = heard(proxySocket());
    reader.announce([ip('203.0.113.10')], { draining: true });
    expect(await first).toContain('{"type":"announced","addresses":["203.0.113.10"],"draining":true}\n');
    proxySocket().destroy();
    await connected(2);
    expect(await heard(proxySocket())).toContain('"draining":true');
  });
});

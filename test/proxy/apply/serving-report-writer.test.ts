import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AnnouncedReport, ServedAddress, ServingReport } from '../../../api/serving-report.ts';
import type { IpAddress } from '../../../net/address.ts';
import { ServingReportWriter } from '../../../proxy/apply/serving-report-writer.ts';
import { eventually } from '../../support/eventually.ts';

const A = '192.0.2.1' as IpAddress;
const serving: ServedAddress = { address: A, state: 'serving', ports: [{ port: 80, protocol: 'TCP' }] };
let undo: AsyncDisposableStack;
let path: string;
let stop: AbortController;
let heard: (AnnouncedReport | undefined)[];
let bad: string[];

beforeEach(async () => {
  undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fl-serving-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  path = join(folder, 'serving.sock');
  stop = new AbortController();
  undo.defer(() => stop.abort());
  heard = [];
  bad = [];
});
afterEach(() => undo.disposeAsync());

function writer(): ServingReportWriter {
  return new ServingReportWriter({
    path,
    node: 'lb1',
    connections: () => 3,
    onAnnounced: (report) => heard.push(report),
    onBadLine: (line) => bad.push(line),
  });
}

function speaker(): {
  readonly reports: ServingReport[];
  readonly say: (line: string) => void;
  readonly leave: () => void;
} {
  const socket = connect(path);
  undo.defer(() => void socket.destroy());
  const reports: ServingReport[] = [];
  createInterface({ input: socket }).on('line', (line) => reports.push(JSON.parse(line) as ServingReport));
  return { reports, say: (line) => socket.write(`${line}\n`), leave: () => socket.destroy() };
}

describe('the serving report', () => {
  test('comes at once, on each change, and as a heartbeat', async () => {
    const report = writer();
    await report.start(stop.signal);
    const { reports } = speaker();
    await eventually(() => expect(reports).toHaveLength(1));
    expect(reports[0]).toEqual({ type: 'report', node: 'lb1', sequence: 0, addresses: [], connections: 3 });
    report.report([serving]);
    await eventually(() => expect(reports.at(-1)).toMatchObject({ sequence: 1, addresses: [serving] }));
    const count = reports.length;
    report.report([serving]);
    await eventually(() => expect(reports.length).toBeGreaterThan(count + 1));
    expect(reports.at(-1)?.sequence).toBe(1);
  });

  test('hears what the speaker announces, and that it has gone; nonsense is told', async () => {
    await writer().start(stop.signal);
    const { say, leave } = speaker();
    say(JSON.stringify({ type: 'announced', addresses: [A], draining: true }));
    await eventually(() => expect(heard).toEqual([{ type: 'announced', addresses: [A], draining: true }]));
    say('nonsense');
    await eventually(() => expect(bad).toEqual(['nonsense']));
    leave();
    await eventually(() => expect(heard.at(-1)).toBeUndefined());
  });

  test('a line without end costs the connection; a line in pieces is one', async () => {
    await writer().start(stop.signal);
    const { say } = speaker();
    const line = JSON.stringify({ type: 'announced', addresses: [A], draining: false });
    const pieces = connect(path);
    undo.defer(() => void pieces.destroy());
    await once(pieces, 'data');
    pieces.write(line.slice(0, 20));
    await once(pieces, 'data');
    pieces.write(`${line.slice(20)}\n`);
    await eventually(() => expect(heard).toHaveLength(1));
    const endless = connect(path).on('error', () => {});
    const closed = new Promise((resolve) => endless.resume().once('close', resolve));
    endless.write('x'.repeat(2 * 1024 * 1024));
    await closed;
    say(line);
    await eventually(() => expect(heard.at(-1)).toEqual(heard[0]));
    expect(bad).toEqual([]);
  });

  test('a speaker that dies with our words unread is gone, and nothing more', async () => {
    await writer().start(stop.signal);
    const script = `const s = require('net').connect(${JSON.stringify(path)}, () => { s.pause(); console.log('up'); }); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ['-e', script]);
    await once(child.stdout, 'data');
    const { reports } = speaker();
    await eventually(() => expect(reports.length).toBeGreaterThan(1));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const count = reports.length;
    await eventually(() => expect(reports.length).toBeGreaterThan(count));
  });

  test('is for the group, and its file goes with the proxy', async () => {
    await writer().start(stop.signal);
    expect((await stat(path)).mode & 0o777).toBe(0o660);
    const socket = connect(path);
    await once(socket, 'connect');
    const ended = once(socket.resume(), 'close');
    stop.abort();
    await ended;
    await eventually(() => expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' }));
  });

  test('takes over the file of a proxy that was killed', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writer().start(stop.signal);
    const { reports } = speaker();
    await eventually(() => expect(reports.length).toBeGreaterThan(0));
  });

  test('leaves a living proxy alone', async () => {
    const other = createServer().listen(path);
    undo.defer(() => void other.close());
    await once(other, 'listening');
    await expect(writer().start(stop.signal)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

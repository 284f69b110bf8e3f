import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { serveDebugSocket } from '../../runtime/debug-socket.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createMetrics, SlotCounter } from '../../runtime/metrics.ts';
import { serveMetrics } from '../../runtime/metrics-server.ts';
import { untilShutdown } from '../../runtime/shutdown.ts';
import { openDatagramSocket } from '../support/datagram-socket.ts';
import { eventually } from '../support/eventually.ts';

const PROGRAM = join(import.meta.dirname, '../support/small-program.ts');

function startProgram(argv: readonly string[], env: Record<string, string> = {}) {
  const { promise, resolve } = Promise.withResolvers<{
    code: number | string | null;
    stdout: string;
    stderr: string;
  }>();
  const child = execFile(process.execPath, [PROGRAM, ...argv], { env }, (error, stdout, stderr) =>
    resolve({ code: error?.code ?? child.exitCode, stdout, stderr }),
  );
  return { child, ended: promise };
}

describe('a program', () => {
  test('tells systemd what it does and ends with 0 on SIGTERM', async () => {
    const name = `@fl-${randomBytes(8).toString('hex')}`;
    using socket = openDatagramSocket(name);
    const { child, ended } = startProgram(['--metrics-address', 'none'], {
      NOTIFY_SOCKET: name,
      WATCHDOG_USEC: '200000',
    });
    const heard: string[] = [];
    const listen = (): string[] => {
      heard.push(...socket.take());
      return heard;
    };
    await eventually(() => expect(listen()).toEqual(expect.arrayContaining(['WATCHDOG=1', 'READY=1'])));
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(listen().at(-1)).toBe('STOPPING=1');
    expect(code).toBe(0);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { level: 'info', program: 'small', msg: 'started' },
      { level: 'info', program: 'small', msg: 'stopped', reason: 'SIGTERM' },
    ]);
  });

  test.each([
    { name: 'wrong settings', argv: ['--speed', 'x'], code: 2, stderr: /^fairlead small: --speed: [^\n]+\n$/ },
    { name: 'a failure', argv: ['--fail'], code: 1, stderr: /"level":"fatal".*as asked/ },
    { name: '--help', argv: ['--help'], code: 0, stderr: /^$/ },
  ])('ends with $code after $name', async ({ argv, code, stderr }) => {
    const result = await startProgram(['--metrics-address', 'none', ...argv]).ended;
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(stderr);
  });
});

describe('shutdown', () => {
  test('follows the signal of the caller, and gives the process its signals back', () => {
    const before = process.listenerCount('SIGTERM');
    const outer = new AbortController();
    {
      using shutdown = untilShutdown(outer.signal);
      expect([shutdown.signal.aborted, process.listenerCount('SIGTERM')]).toEqual([false, before + 1]);
      outer.abort();
      expect([shutdown.signal.aborted, shutdown.reason]).toEqual([true, 'caller']);
    }
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});

describe('the logger', () => {
  test('writes fields as JSON and blots out secrets', () => {
    const lines: string[] = [];
    const log = createLogger({
      program: 'p',
      level: 'info',
      node: 'lb1',
      to: { write: (line) => void lines.push(line) },
    });
    log.debug('not shown');
    log.info({ vip: '203.0.113.1', token: 'hunter2', tls: { privateKey: 'hunter2' } }, 'announced');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', program: 'p', node: 'lb1', vip: '203.0.113.1' });
    expect(lines[0]).not.toContain('hunter2');
  });
});

async function fetchText(options: {
  readonly port?: number;
  readonly socketPath?: string;
  readonly path: string;
  readonly method?: string;
}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  get(options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode, text }));
  }).on('error', reject);
  return promise;
}

describe('metrics', () => {
  test('are served with build info and hot counters', async () => {
    const stop = new AbortController();
    const registry = createMetrics('proxy', '1.2.3');
    const counter = new SlotCounter({
      registry,
      name: 'fairlead_requests_total',
      help: 'Requests.',
      labelNames: ['route'],
    });
    const slots = Array.from({ length: 100 }, (_, i) => counter.slot({ route: `r${i}` }));
    for (const slot of slots) counter.add(slot, slot);
    counter.add(counter.slot({ route: 'r99' }));
    const port = await serveMetrics({ registry, host: '127.0.0.1', port: 0 }, stop.signal);
    const { text } = await fetchText({ port, path: '/metrics' });
    expect(text).toContain('fairlead_build_info{program="proxy",version="1.2.3"');
    expect(text).toContain('fairlead_requests_total{route="r99"} 100');
    expect(text).toContain('process_resident_memory_bytes');
    expect((await fetchText({ port, path: '/' })).status).toBe(404);
    stop.abort();
  });
});

describe('the debug socket', () => {
  test('shows what is there as JSON to its owner only, and is read only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fl-'));
    const stop = new AbortController();
    const socketPath = join(folder, 'debug.sock');
    const plan = { vips: new Map([['a', new Set([1])]]), size: 5n };
    const broken = (): never => {
      throw new Error('broken');
    };
    await serveDebugSocket(socketPath, { '/plan': () => plan, '/broken': broken }, stop.signal);
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await fetchText({ socketPath, path: '/plan' })).text)).toEqual({ vips: { a: [1] }, size: '5' });
    expect((await fetchText({ socketPath, path: '/' })).text).toContain('/plan');
    const statuses = [
      { path: '/none' },
      { path: '/constructor' },
      { path: '//' },
      { path: 'http://[' },
      { path: '/broken' },
      { path: '/plan', method: 'POST' },
    ];
    const answers = await Promise.all(statuses.map((one) => fetchText({ socketPath, ...one })));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 500, 405]);
    const again = serveDebugSocket(socketPath, {}, stop.signal);
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
    stop.abort();
    await rm(folder, { recursive: true });
  });

  test('takes the place of a socket that a dead process left behind, but of no other file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fl-'));
    const socketPath = join(folder, 'debug.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 9))`;
    await new Promise((resolve) => execFile(process.execPath, ['-e', script], resolve));
    expect((await stat(socketPath)).isSocket()).toBe(true);
    const stop = new AbortController();
    await serveDebugSocket(socketPath, { '/x': () => 1 }, stop.signal);
    expect((await fetchText({ socketPath, path: '/x' })).text).toBe('1\n');
    stop.abort();
    await writeFile(join(folder, 'precious'), 'data');
    const onFile = serveDebugSocket(join(folder, 'precious'), {}, new AbortController().signal);
    await expect(onFile).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await rm(folder, { recursive: true });
  });
});

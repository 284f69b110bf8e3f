import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SystemdNotifier } from '../../runtime/systemd-notify.ts';
import { openDatagramSocket } from '../support/datagram-socket.ts';
import { eventually } from '../support/eventually.ts';

const abstractName = (): string => `@fl-${randomBytes(8).toString('hex')}`;

describe('a notifier', () => {
  test.each([{ kind: 'path' }, { kind: 'abstract' }])(
    'tells systemd by a socket with a name of kind $kind',
    ({ kind }) => {
      const folder = mkdtempSync(join(tmpdir(), 'fl-'));
      const name = kind === 'path' ? join(folder, 'notify') : abstractName();
      using socket = openDatagramSocket(name);
      const notifier = SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: name });
      notifier.status('watching\n12 kinds');
      notifier.ready();
      notifier.stopping();
      expect(socket.take()).toEqual(['STATUS=watching 12 kinds', 'READY=1', 'STOPPING=1']);
      rmSync(folder, { recursive: true });
    },
  );

  test('says when a reload began, on the clock that systemd reads', () => {
    const name = abstractName();
    using socket = openDatagramSocket(name);
    const before = process.hrtime.bigint() / 1000n;
    SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: name }).reloading();
    const [message = ''] = socket.take();
    const usec = BigInt(/^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(message)?.[1] ?? 0);
    expect(usec >= before && usec <= process.hrtime.bigint() / 1000n).toBe(true);
  });

  test('does nothing where nobody listens', () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    SystemdNotifier.fromEnvironment({}, { onError }).ready();
    SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: '' }, { onError }).ready();
    expect(errors).toEqual([]);
  });

  test('a socket that is gone is told to the caller, who goes on', () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: '/nonexistent/notify' }, { onError }).ready();
    expect(errors).toMatchObject([{ code: 'ENOENT', syscall: 'sendto' }]);
  });
});

describe('the watchdog', () => {
  test('gets signs of life at half of its time, only while the program is healthy and until it ends', async () => {
    const name = abstractName();
    using socket = openDatagramSocket(name);
    const notifier = SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '100000' });
    const end = new AbortController();
    let isHealthy = true;
    let asked = 0;
    notifier.start(end.signal, () => {
      asked++;
      return isHealthy;
    });
    const since = performance.now();
    let beats = 0;
    await eventually(() => expect((beats += socket.take().length)).toBeGreaterThanOrEqual(4));
    expect(performance.now() - since).toBeGreaterThan(120);
    isHealthy = false;
    socket.take();
    const before = asked;
    await eventually(() => expect(asked).toBeGreaterThan(before + 2));
    expect(socket.take()).toEqual([]);
    isHealthy = true;
    await eventually(() => expect(socket.take()).toContain('WATCHDOG=1'));
    end.abort();
    const last = asked;
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(500));
    expect(asked).toBe(last);
  });

  test('falls silent when the event loop hangs', () => {
    const name = abstractName();
    using socket = openDatagramSocket(name);
    const end = new AbortController();
    SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '20000' }).start(end.signal);
    socket.take();
    for (const until = performance.now() + 60; performance.now() < until; ) Math.sqrt(2);
    expect(socket.take()).toEqual([]);
    end.abort();
  });

  test.each([
    { name: 'of another process', env: { WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' } },
    { name: 'that is not set', env: {} },
    { name: 'of no time', env: { WATCHDOG_USEC: '0' } },
  ])('$name is left alone', ({ env }) => {
    const name = abstractName();
    using socket = openDatagramSocket(name);
    const end = new AbortController();
    SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: name, ...env }).start(end.signal);
    expect(socket.take()).toEqual([]);
    end.abort();
  });

  test('of this very process is served', () => {
    const name = abstractName();
    using socket = openDatagramSocket(name);
    const end = new AbortController();
    const env = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '100000', WATCHDOG_PID: '42' };
    SystemdNotifier.fromEnvironment(env, { pid: 42 }).start(end.signal);
    expect(socket.take()).toEqual(['WATCHDOG=1']);
    end.abort();
  });
});

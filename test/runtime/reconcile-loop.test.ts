import { describe, expect, test } from '@jest/globals';
import { backoff } from '../../runtime/backoff.ts';
import { ReconcileLoop } from '../../runtime/reconcile-loop.ts';
import { pause, sleep } from '../../runtime/sleep.ts';
import { consistently, eventually } from '../support/eventually.ts';

interface Rig extends AsyncDisposable {
  readonly loop: ReconcileLoop;
  readonly errors: unknown[];
  passes: number;
}

function start(reconcile: (pass: number) => Promise<void>, settleMs = 10): Rig {
  const stop = new AbortController();
  const rig = { passes: 0, errors: [] as unknown[] };
  const loop = new ReconcileLoop({
    reconcile: () => reconcile(++rig.passes),
    settleMs,
    onError: (error) => rig.errors.push(error),
  });
  const running = loop.run(stop.signal);
  return Object.assign(rig, {
    loop,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  });
}

describe('a reconcile loop', () => {
  test('does nothing until it is woken', async () => {
    await using rig = start(async () => {});
    await consistently(() => expect(rig.passes).toBe(0));
    rig.loop.wake();
    await eventually(() => expect(rig.passes).toBe(1));
  });

  test('makes one pass of many wake-ups', async () => {
    await using rig = start(async () => {}, 30);
    for (let i = 0; i < 100; i++) rig.loop.wake();
    await eventually(() => expect(rig.passes).toBe(1));
    await consistently(() => expect(rig.passes).toBe(1), { forMs: 80 });
  });

  test('a wake-up during a pass leads to exactly one more, never to two at a time', async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    await using rig = start(async (pass) => {
      most = Math.max(most, ++running);
      if (pass === 1) await gate.promise;
      running--;
    });
    rig.loop.wake();
    await eventually(() => expect(rig.passes).toBe(1));
    expect(rig.loop.busyMs()).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) rig.loop.wake();
    gate.resolve();
    await eventually(() => expect(rig.passes).toBe(2));
    await consistently(() => expect([rig.passes, most, rig.loop.busyMs()]).toEqual([2, 1, 0]));
  });

  test('a pass that fails is told and repeated until it succeeds', async () => {
    await using rig = start(async (pass) => {
      if (pass < 3) throw new Error(`pass ${pass}`);
    });
    rig.loop.wake();
    await eventually(() => expect(rig.passes).toBe(3));
    expect(rig.errors).toMatchObject([{ message: 'pass 1' }, { message: 'pass 2' }]);
  });

  test('ends after the pass in flight when the signal aborts', async () => {
    const gate = Promise.withResolvers<void>();
    const stop = new AbortController();
    let isOver = false;
    const reconcile = async (): Promise<void> => {
      await gate.promise;
      isOver = true;
    };
    const loop = new ReconcileLoop({ reconcile, settleMs: 0, onError: () => {} });
    loop.wake();
    const running = loop.run(stop.signal);
    await eventually(() => expect(loop.busyMs()).toBeGreaterThan(0));
    stop.abort();
    gate.resolve();
    await running;
    expect(isOver).toBe(true);
  });
});

describe('waiting', () => {
  test('sleep rejects with the reason of the abort, pause just ends', async () => {
    const stop = new AbortController();
    const sleeping = sleep(60_000, stop.signal);
    const pausing = pause(60_000, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await pausing;
    await expect(sleep(1, stop.signal)).rejects.toBe(reason);
  });

  test('backoff doubles up to its bound and stays in the upper half', () => {
    const lowest = { firstMs: 100, maxMs: 1000, pick: () => 0 };
    expect([0, 1, 2, 3, 4, 1000].map((attempt) => backoff(attempt, lowest))).toEqual([50, 100, 200, 400, 500, 500]);
    expect(backoff(1, { ...lowest, pick: () => 0.999 })).toBe(200);
  });
});

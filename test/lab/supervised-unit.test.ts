// The lab's supervisor against real processes, in a node of its own.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../../lab/network/children.ts';
import { PlainNode } from '../../lab/nodes/plain.ts';
import { namespaceOf } from '../../lab/plan/names.ts';
import { routerUnits } from '../../lab/plan/router-units.ts';
import type { UnitFile } from '../../lab/plan/unit-file.ts';
import { logFile, writeLabRecord } from '../../lab/state.ts';
import { NotifySockets } from '../../lab/supervise/notify-sockets.ts';
import { groupMembers, signalProcess } from '../../lab/supervise/process-group.ts';
import type { SupervisedUnit } from '../../lab/supervise/supervised-unit.ts';
import { UnitHost } from '../../lab/supervise/unit-host.ts';
import { makeMountPoint, sweepLab } from '../../lab/sweep.ts';
import { eventually } from '../support/eventually.ts';
import { requireRoot, uniqueLabName } from './support.ts';

const lab = uniqueLabName();
const node = new PlainNode({ lab, node: 'lb1', notify: new NotifySockets() });
const { signal } = new AbortController();
const PROGRAM = join(import.meta.dirname, 'notifying-program.ts');

beforeAll(async () => {
  requireRoot();
  await writeLabRecord({ name: lab, lbNodes: 1, workers: 1, router: 'frr', nodes: 'plain' });
  await makeMountPoint();
  await run(['ip', 'netns', 'add', namespaceOf(lab, 'lb1')]);
  await node.boot();
});

afterAll(async () => {
  await Promise.all(units.map((each) => each.stop()));
  await sweepLab(lab, signal);
});

const units: SupervisedUnit[] = [];

function routerUnit(): UnitFile {
  const [template] = routerUnits('bird');
  if (template === undefined) throw new Error('a router has a unit');
  return template;
}

/** A unit that starts the notifying program in that mode. */
function unit(name: string, mode: string, changes: Partial<UnitFile> = {}): SupervisedUnit {
  const supervised = node.add({
    ...routerUnit(),
    name,
    type: 'notify',
    execStart: { argv: [process.execPath, PROGRAM, mode], mayFail: false },
    ...changes,
  });
  units.push(supervised);
  return supervised;
}

describe('a supervised unit', () => {
  test('is active when it says that it is ready, not before, and shows its own words', async () => {
    const good = unit('good', 'good', { runtimeDirectories: ['good'] });
    const started = good.start(signal);
    await eventually(() => expect(good.status).toMatchObject({ state: 'starting', pid: expect.any(Number) }));
    await started;
    await eventually(() => expect(good.status).toMatchObject({ state: 'active', text: 'all is well', restarts: 0 }));
    expect(await run(node.exec(['ls', '/run']))).toContain('good');
    await good.stop();
    expect(good.status).toMatchObject({ state: 'inactive', pid: undefined, result: 'success' });
    expect(await run(node.exec(['ls', '/run']))).not.toContain('good\n');
  });

  test('runs in its node: host name, network and its own /run', async () => {
    const seen = await run(node.exec(['sh', '-c', 'hostname; ls /sys/class/net; ls /run/fairlead-lab 2>&1 || true']));
    expect(seen.split('\n').slice(0, 2)).toEqual(['lb1', 'lo']);
    expect(seen).toContain('No such file');
  });

  test('is started again after it was killed', async () => {
    const killed = unit('killed', 'good');
    await killed.start(signal);
    const { pid } = killed.status;
    killed.kill('SIGKILL');
    await eventually(() => expect(killed.status).toMatchObject({ state: 'active', restarts: 1, result: 'signal' }));
    expect(killed.status.pid).not.toBe(pid);
    await killed.stop();
  });

  test('is killed by its watchdog when it hangs, and started again', async () => {
    const hangs = unit('hangs', 'hangs', { watchdogMs: 300 });
    await hangs.start(signal);
    await eventually(() => expect(hangs.status).toMatchObject({ result: 'watchdog', restarts: 1 }));
    await hangs.stop();
  });

  test('lives for as long as it feeds its watchdog', async () => {
    const fed = unit('fed', 'good', { watchdogMs: 300 });
    await fed.start(signal);
    const { pid } = fed.status;
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(900));
    expect(fed.status).toMatchObject({ state: 'active', pid, restarts: 0 });
    await fed.stop();
  });

  test('that ends before it is ready fails the one who waits, with the log to look at', async () => {
    const fails = unit('fails', 'fails', { restart: 'no' });
    const error = await fails.start(signal).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'UNIT_FAILED', logFile: logFile(lab, 'lb1', 'fails') });
    expect(fails.status).toMatchObject({ state: 'failed', result: 'exit-code' });
    expect(await readFile(logFile(lab, 'lb1', 'fails'), 'utf8')).toContain('main process ended: exit-code');
  });

  test('that never says that it is ready is ended after its time', async () => {
    const silent = unit('silent', 'silent', { restart: 'no', startTimeoutMs: 300 });
    await expect(silent.start(signal)).rejects.toMatchObject({ code: 'UNIT_FAILED' });
    expect(silent.status).toMatchObject({ state: 'failed', result: 'timeout' });
  });

  test('takes all its processes with it when it stops, also those that ignore SIGTERM', async () => {
    const parent = unit('parent', 'parent', { stopTimeoutMs: 300 });
    await parent.start(signal);
    const { pid = 0 } = parent.status;
    await eventually(async () => expect((await groupMembers(pid)).length).toBeGreaterThan(1));
    await parent.stop();
    expect(await groupMembers(pid)).toEqual([]);
  });

  test('leaves no process behind when its main process was killed', async () => {
    const orphans = unit('orphans', 'parent', { restart: 'no', killMode: 'mixed' });
    await orphans.start(signal);
    const { pid = 0 } = orphans.status;
    await eventually(async () => expect((await groupMembers(pid)).length).toBeGreaterThan(1));
    signalProcess(pid, 'SIGKILL');
    await eventually(() => expect(orphans.status.state).toBe('failed'));
    expect(await groupMembers(pid)).toEqual([]);
  });

  test('is told of as active to the scripts of the node, as systemctl would', async () => {
    const active = unit('fairlead-probe', 'good', {
      execStopPost: [
        { argv: ['sh', '-c', 'systemctl is-active fairlead-probe.service || echo "code $?"'], mayFail: true },
      ],
    });
    await active.start(signal);
    await active.stop();
    const log = await readFile(logFile(lab, 'lb1', 'fairlead-probe'), 'utf8');
    expect(log).toContain('inactive\ncode 3');
  });

  test('a script of the node kills it as systemctl would', async () => {
    const target = unit('target', 'good');
    await target.start(signal);
    const { argv, env, log } = await new UnitHost({ lab, node: 'lb1', notify: new NotifySockets() }).launch(
      routerUnit(),
      { argv: ['systemctl', 'kill', '--signal=SIGKILL', 'target.service'], mayFail: false },
      { watched: false },
    );
    await log.close();
    await run(argv, { env });
    await eventually(() => expect(target.status).toMatchObject({ result: 'signal', restarts: 1 }));
    await target.stop();
  });

  test('a command that ends at once is not waited for in vain', async () => {
    const commands = Array.from({ length: 20 }, () => ({ argv: ['true'], mayFail: false }));
    const quick = unit('quick', 'good', { execStartPre: commands });
    await quick.start(signal);
    await quick.stop();
    expect(quick.status.result).toBe('success');
  });
});

// Whole labs, brought up and taken down by the command that people use.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { labStatus } from '../../lab/daemon/control.ts';
import { namespacesOf } from '../../lab/network/build.ts';
import { pathsOf } from '../../lab/state.ts';
import { signalProcess } from '../../lab/supervise/process-group.ts';
import { daemonOf, sweepLab } from '../../lab/sweep.ts';
import { eventually } from '../support/eventually.ts';
import { entriesOf, requireRoot, uniqueLabName } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
const UP_TIMEOUT_MS = 60_000;
const { signal } = new AbortController();
const labs: string[] = [];

beforeAll(requireRoot);
afterAll(async () => {
  for (const lab of labs) await sweepLab(lab, signal);
});

function newLab(): string {
  const name = uniqueLabName();
  labs.push(name);
  return name;
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function fairlead(...args: readonly string[]): Promise<Outcome> {
  return fairleadWith(process.env, ...args);
}

async function fairleadWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(join(ROOT, 'bin/fairlead'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exited) as [number | null];
  return { code, output, errors };
}

/** Every process that names the lab in its command line, as the daemon and everything that enters a node do. */
async function processesOf(lab: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' ')),
  );
  return lines.filter((line) => line.includes(lab));
}

async function expectNothingLeft(lab: string): Promise<void> {
  expect(await namespacesOf(lab)).toEqual([]);
  expect(await processesOf(lab)).toEqual([]);
  await expect(stat(pathsOf(lab).state)).rejects.toMatchObject({ code: 'ENOENT' });
}

describe('fairlead lab', () => {
  test(
    'up starts every unit, status shows them, exec passes the exit code, down leaves nothing behind',
    async () => {
      const lab = newLab();
      const etc = await entriesOf('/etc');
      const up = await fairlead('lab', 'up', '--name', lab, '--lb', '1', '--workers', '1');
      expect(up).toMatchObject({ code: 0, errors: '', output: expect.stringMatching(/is up \(\d+\.\d s\)/) });
      const { units } = await labStatus(lab);
      expect(
        units.map(({ node, unit, state }) => `${node} ${unit} ${state}`).toSorted((a, b) => a.localeCompare(b)),
      ).toEqual([
        'api fairlead-apiserver active',
        'api fairlead-ipam active',
        'lb1 fairlead-gobgpd active',
        'lb1 fairlead-proxy active',
        'lb1 fairlead-speaker active',
        'router bgpd active',
        'router zebra active',
      ]);
      expect((await fairlead('lab', 'status', '--name', lab)).output).toContain('fairlead-speaker');
      expect((await fairlead('lab', 'list')).output).toContain(lab);
      expect(await fairlead('lab', 'exec', '--name', lab, 'lb1', '--', 'sh', '-c', 'hostname; exit 7')).toMatchObject({
        code: 7,
        output: 'lb1\n',
      });
      expect((await fairlead('lab', 'get', '--name', lab, 'nodes')).output).toContain('w1');
      expect((await fairlead('lab', 'logs', '--name', lab, 'router', 'bgpd')).output).toContain('starting');
      expect(await fairlead('lab', 'down', '--name', lab)).toMatchObject({ code: 0, output: `lab ${lab} is gone\n` });
      await expectNothingLeft(lab);
      // Another lab of this machine may hold the one folder that labs share.
      expect((await entriesOf('/etc')).filter((name) => name !== 'fairlead')).toEqual(
        etc.filter((name) => name !== 'fairlead'),
      );
    },
    UP_TIMEOUT_MS,
  );

  test(
    'two labs live side by side with the same addresses, the second with BIRD; a dead daemon is no obstacle to down',
    async () => {
      const [first, second] = [newLab(), newLab()];
      const shape = ['--lb', '1', '--workers', '1'];
      const outcomes = await Promise.all([
        fairlead('lab', 'up', '--name', first, ...shape),
        fairlead('lab', 'up', '--name', second, ...shape, '--router', 'bird'),
      ]);
      expect(outcomes.map(({ code, errors }) => [code, errors])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(
        (await fairlead('lab', 'exec', '--name', second, 'router', '--', 'birdc', 'show', 'status')).output,
      ).toContain('Daemon is up and running');
      signalProcess((await daemonOf(first)) ?? 0, 'SIGKILL');
      await eventually(async () => expect(await daemonOf(first)).toBeUndefined());
      expect(await fairlead('lab', 'status', '--name', first)).toMatchObject({
        code: 1,
        errors: expect.stringContaining('is dead'),
      });
      expect(await fairlead('lab', 'down', '--name', first)).toMatchObject({ code: 0 });
      await expectNothingLeft(first);
      expect((await fairlead('lab', 'status', '--name', second)).code).toBe(0);
      expect(await fairlead('lab', 'down', '--name', second)).toMatchObject({ code: 0 });
      await expectNothingLeft(second);
    },
    UP_TIMEOUT_MS,
  );

  test(
    'of two ups of one name one makes the lab, and the other says so and harms nothing',
    async () => {
      const lab = newLab();
      const args = ['lab', 'up', '--name', lab, '--lb', '1', '--workers', '1'];
      const outcomes = await Promise.all([fairlead(...args), fairlead(...args)]);
      const [made, refused] = outcomes.toSorted((a, b) => (a.code ?? 0) - (b.code ?? 0));
      expect(made).toMatchObject({ code: 0, errors: '' });
      expect(refused).toMatchObject({
        code: 1,
        errors: expect.stringMatching(/another command is making|is up already/),
      });
      expect((await fairlead('lab', 'status', '--name', lab)).code).toBe(0);
      await Promise.all([fairlead('lab', 'down', '--name', lab), fairlead('lab', 'down', '--name', lab)]);
      await expectNothingLeft(lab);
    },
    UP_TIMEOUT_MS,
  );

  test(
    'an up that is killed in the middle is cleaned up by down',
    async () => {
      const lab = newLab();
      const child = spawn(join(ROOT, 'bin/fairlead'), ['lab', 'up', '--name', lab], { stdio: 'ignore' });
      await eventually(async () => expect((await namespacesOf(lab)).length).toBeGreaterThan(3), { timeoutMs: 20_000 });
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      signalProcess((await daemonOf(lab)) ?? 0, 'SIGKILL');
      expect(await fairlead('lab', 'down', '--name', lab)).toMatchObject({ code: 0, output: `lab ${lab} is gone\n` });
      await expectNothingLeft(lab);
    },
    UP_TIMEOUT_MS,
  );

  test(
    'an up that fails says which step, shows the end of its log, and leaves nothing behind',
    async () => {
      const lab = newLab();
      const folder = await mkdtemp(join(tmpdir(), 'fl-'));
      // A router that never answers.
      await writeFile(join(folder, 'vtysh'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
      const { code, errors } = await fairleadWith(env, 'lab', 'up', '--name', lab);
      await rm(folder, { recursive: true });
      expect(code).toBe(1);
      expect(errors).toContain('lab up failed: router: bgpd does not answer on the router');
      expect(errors).toMatch(/end of \S+router-bgpd\.log:\n +\| .*BGP/);
      await expectNothingLeft(lab);
    },
    UP_TIMEOUT_MS,
  );

  test.each([
    { args: ['up', '--name', 'Bad_Name'], says: 'is no lab name' },
    { args: ['up', '--lb', '0'], says: 'must be a number from 1 to 9' },
    { args: ['status', '--name', 'fl-none'], says: 'there is no lab fl-none' },
    { args: ['exec', '--name', 'fl-none', 'lb1', '--', 'true'], says: 'there is no lab fl-none' },
  ])('lab $args fails with one line: $says', async ({ args, says }) => {
    const { code, errors } = await fairlead('lab', ...args);
    expect(code).not.toBe(0);
    expect(errors).toContain(says);
  });
});

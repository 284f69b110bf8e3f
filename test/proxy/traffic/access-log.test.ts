import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AccessLog } from '../../../proxy/traffic/access-log.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let errors: string[];
let dropped: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fl-log-'));
  errors = [];
  dropped = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function logTo(target: string): AccessLog {
  return new AccessLog({
    target,
    onDrop: (lines) => {
      dropped += lines;
    },
    onError: ({ message }) => errors.push(message),
  });
}

const linesOf = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, 'utf8')).split('\n').slice(0, -1);

describe('the access log', () => {
  test('ends when all that waits is written, however much that is, in order', async () => {
    const path = join(folder, 'log');
    const log = logTo(path);
    const wanted = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'x'.repeat(50)}`);
    for (const line of wanted) log.write(`${line}\n`);
    await log.end();
    expect(await linesOf(path)).toEqual(wanted);
  });

  test('goes on in a new file after a rotation: no line is lost', async () => {
    const path = join(folder, 'log');
    const log = logTo(path);
    log.write('first\n');
    await eventually(async () => expect(await linesOf(path)).toEqual(['first']));
    await rename(path, `${path}.1`);
    log.write('before\n');
    log.reopen();
    await eventually(() => linesOf(path));
    log.write('after\n');
    await log.end();
    expect([...(await linesOf(`${path}.1`)), ...(await linesOf(path))]).toEqual(['first', 'before', 'after']);
    expect(await linesOf(path)).toContain('after');
  });

  test('that could not be opened heals with a rotation; one that cannot be opened again goes on as it was', async () => {
    const path = join(folder, 'deep', 'log');
    const log = logTo(path);
    await eventually(() => expect(errors.join()).toMatch(/ENOENT/));
    log.write('into the void\n');
    const good = logTo(join(folder, 'log'));
    await eventually(() => linesOf(join(folder, 'log')));
    await rename(folder, `${folder}-away`);
    good.reopen();
    await eventually(() => expect(errors).toHaveLength(2));
    good.write('kept\n');
    await good.end();
    expect(await linesOf(join(`${folder}-away`, 'log'))).toEqual(['kept']);
    await rm(`${folder}-away`, { recursive: true });
    await log.end();
    expect(dropped).toBe(0);
  });

  test('to a reader that has stopped is not waited for at the end, and this can be told', async () => {
    const source = new URL('../../../proxy/traffic/access-log.ts', import.meta.url).href;
    const script = `
      const { AccessLog } = await import(${JSON.stringify(source)});
      const log = new AccessLog({ target: 'stdout', onDrop() {}, onError() {} });
      for (let i = 0; i < 10_000; i++) log.write('x'.repeat(99) + '\\n');
      await log.end();
      process.stderr.write('ended, stuck: ' + log.isStuck);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    child.stdout.pause();
    const [said] = await once(child.stderr, 'data');
    child.kill('SIGKILL');
    expect(String(said)).toBe('ended, stuck: true');
  });
});

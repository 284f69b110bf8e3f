import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { removeStaleSocket } from '../../runtime/stale-socket.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fl-stale-'));
  path = join(folder, 'a.sock');
});
afterEach(() => rm(folder, { recursive: true }));

describe('before a program listens on a unix socket', () => {
  test('the file of a process that was killed goes', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await stat(path)).isSocket()).toBe(true);
    await removeStaleSocket(path);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a socket behind which somebody listens stays', async () => {
    const other = createServer().listen(path);
    await once(other, 'listening');
    await removeStaleSocket(path);
    expect((await stat(path)).isSocket()).toBe(true);
    other.close();
    await once(other, 'close');
  });

  test('a file that is no socket stays', async () => {
    await writeFile(path, 'precious');
    await removeStaleSocket(path);
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  test('no file is fine', async () => {
    await expect(removeStaleSocket(path)).resolves.toBeUndefined();
  });
});

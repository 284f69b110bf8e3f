// What was acknowledged is there after a kill, a full disk and a restart.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SqliteJournal } from '../../apiserver/storage/sqlite-journal.ts';
import { eventually } from '../support/eventually.ts';
import type { Anything } from './support/client.ts';
import { serverFolder, startProcess } from './support/process.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

test('after kill -9 between writes nothing acknowledged is lost and the revision goes on', async () => {
  using folder = serverFolder();
  const acknowledged: string[] = [];
  let revision = 0;
  {
    await using server = await startProcess(folder.path);
    const writer = (async () => {
      for (let i = 0; ; i++) {
        const { code, body } = await server.client.create(CONFIG_MAPS, {
          metadata: { name: `m-${i}` },
          data: { i: String(i) },
        });
        if (code !== 201) return;
        acknowledged.push(body.metadata.name);
        revision = Number(body.metadata.resourceVersion);
      }
    })();
    const ended = writer.catch((error: unknown) => error);
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(40));
    await server.kill('SIGKILL');
    expect(await ended).toBeDefined();
  }
  await using server = await startProcess(folder.path);
  const { body } = await server.client.get(CONFIG_MAPS);
  const names = new Set(body.items.map((item: Anything) => item.metadata.name));
  expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
  expect(Number(body.metadata.resourceVersion)).toBeGreaterThanOrEqual(revision);
  const next = await server.client.create(CONFIG_MAPS, { metadata: { name: 'after' } });
  expect(Number(next.body.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion));
}, 20_000);

test('a second server on the same file is refused, and the first goes on', async () => {
  using folder = serverFolder();
  await using server = await startProcess(folder.path);
  expect(() => new SqliteJournal(join(folder.path, 'data.db'))).toThrow(/data\.db: another server uses it$/);
  expect((await server.client.create(CONFIG_MAPS, { metadata: { name: 'still' } })).code).toBe(201);
  await server.kill('SIGKILL');
  new SqliteJournal(join(folder.path, 'data.db')).close();
}, 20_000);

test('a watch from before a restart sees what happened since', async () => {
  using folder = serverFolder();
  let revision = '';
  {
    await using server = await startProcess(folder.path);
    revision = (await server.client.get(CONFIG_MAPS)).body.metadata.resourceVersion;
    await server.client.create(CONFIG_MAPS, { metadata: { name: 'before' } });
    await server.kill('SIGTERM');
  }
  await using server = await startProcess(folder.path);
  using watch = await server.client.watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${revision}`);
  await server.client.create(CONFIG_MAPS, { metadata: { name: 'after' } });
  expect(await watch.take(2)).toEqual(['ADDED before', 'ADDED after']);
}, 20_000);

test('the socket and the files of the data are their owner’s alone, and SIGTERM ends the server with 0', async () => {
  using folder = serverFolder();
  await using server = await startProcess(folder.path);
  expect(statSync(join(folder.path, 'api.sock')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.path, 'data.db')).mode & 0o077).toBe(0);
  await server.kill('SIGTERM');
  expect(server.child.exitCode).toBe(0);
}, 20_000);

test('a full disk answers writes with 507 and a reason, serves reads, says so in the log, and heals', async () => {
  using folder = serverFolder();
  await using server = await startProcess(folder.path, { maxFileKib: 16_000 });
  const data = { blob: 'x'.repeat(1_000_000) };
  let stored = 0;
  let answer = await server.client.create(CONFIG_MAPS, { metadata: { name: `m-${stored}` }, data });
  while (answer.code === 201) {
    stored++;
    answer = await server.client.create(CONFIG_MAPS, { metadata: { name: `m-${stored}` }, data });
  }
  expect(answer.body).toMatchObject({ kind: 'Status', code: 507, reason: 'InsufficientStorage' });
  expect(answer.body.message).toContain('nothing was changed');
  const { body } = await server.client.get(`${CONFIG_MAPS}?limit=500`);
  expect(body.items).toHaveLength(stored);
  expect(server.log()).toContain('nothing was changed');
  execFileSync('prlimit', ['--pid', String(server.child.pid), '--fsize=unlimited']);
  const healed = await server.client.create(CONFIG_MAPS, { metadata: { name: `m-${stored}` }, data });
  expect(healed.code).toBe(201);
}, 20_000);

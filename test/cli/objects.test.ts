// get, apply and delete: objects of any kind, as kubectl's users expect.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type Cli, startCli } from './harness.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await startCli();
  await cli.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    service('web', { labels: { tier: 'front' } }),
    service('db'),
    service('web', { namespace: 'shop' }),
  );
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

function service(name: string, metadata: Readonly<Record<string, unknown>> = {}): unknown {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, ...metadata }, spec: { ports: [{ port: 80 }] } };
}

describe('fairlead get', () => {
  test('prints the table of one namespace, which is default unless -n says otherwise', async () => {
    const { exitCode, out, errors } = await cli.run('get', 'services');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(firstColumn(out)).toEqual(['NAME', 'db', 'web']);
    expect(firstColumn((await cli.run('get', 'svc', '-n', 'shop')).out)).toEqual(['NAME', 'web']);
  });

  test('-A prints all namespaces, with a column for them', async () => {
    const { out } = await cli.run('get', 'services', '-A');
    expect(out).toMatch(/^NAMESPACE +NAME .*\n(.*\n)*shop +web /);
  });

  test('-l prints those with the labels', async () => {
    expect(firstColumn((await cli.run('get', 'services', '-l', 'tier=front')).out)).toEqual(['NAME', 'web']);
  });

  test('-o wide prints more columns', async () => {
    const [narrow, wide] = [await cli.run('get', 'services'), await cli.run('get', 'services', '-o', 'wide')];
    expect(narrow.out).not.toContain('SELECTOR');
    expect(wide.out).toMatch(/^NAME .*SELECTOR/);
  });

  test('-o name prints what delete and explain take', async () => {
    expect((await cli.run('get', 'services', '-o', 'name')).out).toBe('service/db\nservice/web\n');
    expect((await cli.run('get', 'lbnodes', '-o', 'name')).out).toBe('');
  });

  test.each(['json', 'yaml'])('-o %s prints one object, or a list that can be applied again', async (format) => {
    const one: unknown = parse((await cli.run('get', 'service', 'db', '-o', format)).out);
    expect(one).toMatchObject({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' } });
    const { out } = await cli.run('get', 'services', '-o', format);
    expect(out).not.toContain('managedFields');
    expect(parse(out)).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' } },
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
      ],
    });
  });

  test('nothing found is no failure, and no table', async () => {
    expect(await cli.run('get', 'gateways')).toEqual({
      exitCode: 0,
      out: '',
      errors: ['No resources found in default namespace.'],
    });
  });

  test.each([
    { args: ['gateways', 'gone'], exitCode: 1, error: /"gone" not found/ },
    { args: ['gadgets'], exitCode: 1, error: /doesn't have a resource type "gadgets"/ },
    { args: ['services', '-o', 'xml'], exitCode: 2, error: /"xml", allowed formats are: wide,yaml,json,name/ },
    { args: [], exitCode: 2, error: /missing required argument 'kind'/ },
  ])('get $args fails with $exitCode and a line that says why', async ({ args, exitCode, error }) => {
    const result = await cli.run('get', ...args);
    expect(result).toEqual({ exitCode, out: '', errors: [expect.stringMatching(error)] });
  });
});

describe('fairlead apply', () => {
  test('says of each object whether it was created, configured or left', async () => {
    const file = await cli.file('pair.yaml', '');
    const pair = (port: number): string =>
      ['one', 'two']
        .map((name) => `---\n${JSON.stringify({ ...Object(service(name)), spec: { ports: [{ port }] } })}\n`)
        .join('');
    const out: string[] = [];
    for (const port of [80, 80, 81]) {
      await cli.file('pair.yaml', pair(port));
      out.push((await cli.run('apply', '-f', file)).out);
    }
    expect(out).toEqual([
      'service/one created\nservice/two created\n',
      'service/one unchanged\nservice/two unchanged\n',
      'service/one configured\nservice/two configured\n',
    ]);
  });

  test('goes on after an object that is refused, says which one and why, and fails with 1', async () => {
    const file = await cli.file(
      'mixed.yaml',
      `---\n${JSON.stringify({ apiVersion: 'example.test/v1', kind: 'Gadget', metadata: { name: 'g' } })}\n---\n${JSON.stringify(service('three'))}\n`,
    );
    expect(await cli.run('apply', '-f', file)).toEqual({
      exitCode: 1,
      out: 'service/three created\n',
      errors: [
        expect.stringMatching(/^error: Gadget g: no matches for kind "Gadget" in version "example.test\/v1"/),
        'error: 1 of 2 objects were refused',
      ],
    });
  });

  test('a misspelt field is refused by its path', async () => {
    const spec = { gatewayClassName: 'fairlead', listener: [] };
    const file = await cli.file(
      'typo.yaml',
      JSON.stringify({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'typo' }, spec }),
    );
    const { exitCode, errors } = await cli.run('apply', '-f', file);
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain('spec.listener');
  });

  test('a file that does not exist fails with 2 before anything is applied', async () => {
    const result = await cli.run('apply', '-f', '/nowhere/at.yaml');
    expect(result).toEqual({ exitCode: 2, out: '', errors: [expect.stringContaining('/nowhere/at.yaml')] });
  });
});

describe('fairlead delete', () => {
  test('deletes by kind and name, and what is not there is a failure', async () => {
    await cli.apply(service('doomed'));
    expect(await cli.run('delete', 'service', 'doomed', 'gone')).toEqual({
      exitCode: 1,
      out: 'service/doomed deleted\n',
      errors: [expect.stringMatching(/"gone" not found/), 'error: 1 of 2 objects were not deleted'],
    });
  });

  test('deletes what manifests name', async () => {
    const file = await cli.file('doomed.yaml', JSON.stringify(service('doomed')));
    await cli.run('apply', '-f', file);
    expect(await cli.run('delete', '-f', file)).toEqual({ exitCode: 0, out: 'service/doomed deleted\n', errors: [] });
  });

  test.each([
    { name: 'an empty name', args: async () => ['delete', 'service', ''] },
    {
      name: 'a manifest without a name',
      args: async () => [
        'delete',
        '-f',
        await cli.file('nameless.yaml', '{apiVersion: v1, kind: Service, metadata: {generateName: x-}}'),
      ],
    },
    { name: 'nothing named at all', args: async () => ['delete', 'service'] },
  ])('$name never deletes a whole kind', async ({ args }) => {
    const before = (await cli.run('get', 'services', '-o', 'name')).out;
    const { exitCode, out, errors } = await cli.run(...(await args()));
    expect({ exitCode, out, errors: errors.length }).toEqual({ exitCode: 2, out: '', errors: 1 });
    expect((await cli.run('get', 'services', '-o', 'name')).out).toBe(before);
  });
});

function firstColumn(table: string): readonly string[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
}

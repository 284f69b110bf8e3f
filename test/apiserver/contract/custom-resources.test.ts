// CustomResourceDefinitions made at run time: discovery, defaults, pruning, validation, CEL rules, versions, columns.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { type Anything, APPLY, MERGE, STRATEGIC } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const SPEC = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 10 },
    color: { type: 'string', enum: ['red', 'green'], default: 'red' },
    name: { type: 'string', maxLength: 5, pattern: '^[a-z]*$' },
    port: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    fixed: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }] },
    parts: {
      type: 'array',
      maxItems: 3,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, weight: { type: 'integer', default: 1 } },
      },
    },
  },
  'x-kubernetes-validations': [
    { rule: "!has(self.name) || self.color == 'green' || self.size > 2", message: 'a named red one must be larger' },
    {
      rule: '!has(self.parts) || self.parts.all(p, p.weight < 100)',
      messageExpression: "'too heavy at size ' + string(self.size)",
    },
  ],
};

interface Made {
  readonly path: string;
  readonly group: string;
  readonly name: string;
}

async function define(more: object = {}): Promise<Made> {
  const group = `g${randomBytes(4).toString('hex')}.example.com`;
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: SPEC, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  };
  const additionalPrinterColumns = [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }];
  const version = { served: true, schema, subresources: { status: {} }, additionalPrinterColumns };
  const name = `widgets.${group}`;
  const made = await target.client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions: [
        { ...version, name: 'v1', storage: true },
        { ...version, name: 'v1beta1', storage: false },
      ],
      ...more,
    },
  });
  if (made.code !== 201) throw new Error(made.text);
  await eventually(
    async () => {
      const { body } = await target.client.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
      const established = body.status.conditions.find((condition: Anything) => condition.type === 'Established');
      expect(established.status).toBe('True');
      expect((await target.client.get(`/apis/${group}/v1/widgets`)).code).toBe(200);
    },
    { timeoutMs: 15_000 },
  );
  return { path: `/apis/${group}/v1/namespaces/${await target.namespace()}/widgets`, group, name };
}

const widget = ({ group }: Made, name: string, spec: object): object => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name },
  spec,
});

test('an established definition is discovered, and is gone with its objects when it is deleted', async () => {
  const made = await define();
  const list = await target.client.get(`/apis/${made.group}/v1`);
  expect(list.body.resources.map((row: Anything) => row.name).sort()).toEqual(['widgets', 'widgets/status']);
  expect(list.body.resources.find((row: Anything) => row.name === 'widgets')).toMatchObject({
    kind: 'Widget',
    namespaced: true,
    shortNames: ['wd'],
  });
  const group = await target.client.get(`/apis/${made.group}`);
  expect(group.body.preferredVersion.version).toBe('v1');
  await target.client.create(made.path, widget(made, 'w', { size: 1 }));
  await target.client.delete(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${made.name}`);
  await eventually(async () => expect((await target.client.get(made.path)).code).toBe(404), { timeoutMs: 15_000 });
});

test('objects do not come back when their definition is deleted and made again', async () => {
  const made = await define();
  await target.client.create(made.path, widget(made, 'w', { size: 1 }));
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { body } = await target.client.get(`${definitions}/${made.name}`);
  await target.client.delete(`${definitions}/${made.name}`);
  await eventually(async () => expect((await target.client.get(`${definitions}/${made.name}`)).code).toBe(404), {
    timeoutMs: 15_000,
  });
  expect((await target.client.create(definitions, { metadata: { name: made.name }, spec: body.spec })).code).toBe(201);
  await eventually(
    async () => {
      const list = await target.client.get(made.path);
      expect([list.code, list.body.items]).toEqual([200, []]);
    },
    { timeoutMs: 15_000 },
  );
});

test('defaults are filled in and unknown fields are pruned', async () => {
  const made = await define();
  const { body } = await target.client.create(
    made.path,
    widget(made, 'w', { size: 1, other: true, free: { any: [1] }, parts: [{ id: 'a' }] }),
  );
  expect(body.spec).toEqual({ size: 1, color: 'red', free: { any: [1] }, parts: [{ id: 'a', weight: 1 }] });
  expect(body.metadata.generation).toBe(1);
});

describe('validation', () => {
  test.each<[string, object, string, string]>([
    ['a missing field', {}, 'spec.size', 'Required value'],
    ['a wrong type', { size: 'big' }, 'spec.size', 'must be of type integer'],
    ['a number below the minimum', { size: 0 }, 'spec.size', 'should be greater than or equal to 1'],
    ['a number above the maximum', { size: 11 }, 'spec.size', 'should be less than or equal to 10'],
    [
      'a value that is not listed',
      { size: 1, color: 'blue' },
      'spec.color',
      'Unsupported value: "blue": supported values: "red", "green"',
    ],
    ['a text that is too long', { size: 3, name: 'abcdef' }, 'spec.name', 'Too long'],
    ['a text that does not match', { size: 3, name: 'A' }, 'spec.name', "should match '^[a-z]*$'"],
    [
      'too many items',
      { size: 1, parts: ['a', 'b', 'c', 'd'].map((id) => ({ id })) },
      'spec.parts',
      'must have at most 3 items',
    ],
    ['the same key twice', { size: 1, parts: [{ id: 'a' }, { id: 'a' }] }, 'spec.parts[1]', 'Duplicate value'],
    ['a rule that does not hold', { size: 1, name: 'x' }, 'spec', 'a named red one must be larger'],
    ['a rule with a message of its own', { size: 4, parts: [{ id: 'a', weight: 100 }] }, 'spec', 'too heavy at size 4'],
  ])('%s is refused with 422 and its path', async (...[, spec, field, message]) => {
    const made = await define();
    const answer = await target.client.create(made.path, widget(made, 'w', spec));
    expect([answer.code, answer.body.reason]).toEqual([422, 'Invalid']);
    expect(answer.body.details.causes).toContainEqual({
      reason: expect.any(String),
      field,
      message: expect.stringContaining(message),
    });
    expect(answer.body.message).toContain(`Widget.${made.group} "w" is invalid: `);
  });

  test('a transition rule compares with the object before', async () => {
    const made = await define();
    await target.client.create(made.path, widget(made, 'w', { size: 1, fixed: 'a' }));
    const same = await target.client.patch(`${made.path}/w`, MERGE, { spec: { size: 2, fixed: 'a' } });
    expect(same.code).toBe(200);
    const other = await target.client.patch(`${made.path}/w`, MERGE, { spec: { fixed: 'b' } });
    expect(other.code).toBe(422);
    expect(other.body.message).toContain('spec.fixed: Invalid value: ');
    expect(other.body.message).toContain('is immutable');
  });

  test('whole numbers and text are both good where the schema says int-or-string', async () => {
    const made = await define();
    expect((await target.client.create(made.path, widget(made, 'a', { size: 1, port: 80 }))).code).toBe(201);
    expect((await target.client.create(made.path, widget(made, 'b', { size: 1, port: 'http' }))).code).toBe(201);
    expect((await target.client.create(made.path, widget(made, 'c', { size: 1, port: true }))).code).toBe(422);
  });
});

test('all served versions show the same object under their own apiVersion', async () => {
  const made = await define();
  await target.client.create(made.path, widget(made, 'w', { size: 3 }));
  const older = await target.client.get(`${made.path.replace('/v1/', '/v1beta1/')}/w`);
  expect(older.body).toMatchObject({ apiVersion: `${made.group}/v1beta1`, spec: { size: 3 } });
});

test('tables have the columns of the definition', async () => {
  const made = await define();
  await target.client.create(made.path, widget(made, 'w', { size: 3 }));
  const { body } = await target.client.get(made.path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  expect(body.columnDefinitions.map((column: Anything) => column.name)).toEqual(['Name', 'Size']);
  expect(body.rows[0].cells).toEqual(['w', 3]);
});

test('status is a subresource of its own', async () => {
  const made = await define();
  const { body } = await target.client.create(made.path, {
    ...widget(made, 'w', { size: 3 }),
    status: { ready: true },
  });
  expect(body.status).toBeUndefined();
  const reported = await target.client.patch(`${made.path}/w/status`, MERGE, {
    spec: { size: 9 },
    status: { ready: true },
  });
  expect(reported.body).toMatchObject({ spec: { size: 3 }, status: { ready: true }, metadata: { generation: 1 } });
});

test('strategic merge patches are for built-in kinds only', async () => {
  const made = await define();
  await target.client.create(made.path, widget(made, 'w', { size: 3 }));
  expect((await target.client.patch(`${made.path}/w`, STRATEGIC, { spec: { size: 4 } })).code).toBe(415);
});

test('items of keyed lists have owners of their own in server-side apply', async () => {
  const made = await define();
  const apply = (manager: string, spec: object): Promise<Anything> =>
    target.client.patch(`${made.path}/w?fieldManager=${manager}`, APPLY, widget(made, 'w', spec));
  await apply('one', { size: 3, parts: [{ id: 'a', weight: 5 }] });
  const both = await apply('two', { parts: [{ id: 'b', weight: 6 }] });
  expect(both.body.spec.parts).toEqual([
    { id: 'a', weight: 5 },
    { id: 'b', weight: 6 },
  ]);
  const less = await apply('one', { size: 3 });
  expect(less.body.spec.parts).toEqual([{ id: 'b', weight: 6 }]);
});

function withSpec(spec: object): object {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return { versions: [{ name: 'v1', served: true, storage: true, schema }] };
}

test.each<[string, object]>([
  ['a name that does not fit', { names: { plural: 'gadgets', kind: 'Gadget' } }],
  [
    'no version that is stored',
    { versions: [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } }] },
  ],
  ['no schema', { versions: [{ name: 'v1', served: true, storage: true }] }],
  ['a place without a type', withSpec({ properties: { a: {} } })],
  ['a pattern that is none', withSpec({ type: 'string', pattern: '(' })],
  ['a rule that cannot be compiled', withSpec({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.(' }] })],
  ['an array without items', withSpec({ type: 'array' })],
])('a definition with %s is refused', async (_name, more) => {
  await expect(define(more)).rejects.toThrow(/is invalid/);
});

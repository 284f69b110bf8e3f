// Pruning, defaults, validation and field sets, over any JSON.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readFieldsV1, writeFieldsV1 } from '../../../apiserver/apply/field-set.ts';
import { fieldsOf } from '../../../apiserver/apply/field-walk.ts';
import { mergeApplied, removeFields } from '../../../apiserver/apply/merge.ts';
import { equals, isObject, type Json, type JsonObject } from '../../../apiserver/json.ts';
import { rewriteHas } from '../../../apiserver/schema/cel/has-macro.ts';
import { RuleChecker } from '../../../apiserver/schema/cel/rules.ts';
import { applyDefaults } from '../../../apiserver/schema/default.ts';
import { pruneUnknown } from '../../../apiserver/schema/fields.ts';
import type { Schema } from '../../../apiserver/schema/schema.ts';
import { validateSchema } from '../../../apiserver/schema/validate.ts';

const PARTS: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['id'],
  items: { type: 'object', properties: { id: { type: 'string' }, n: { type: 'integer', default: 1 } } },
};
const SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'integer', default: 5 },
        inner: { type: 'object', default: {}, properties: { b: { type: 'string', default: 'x' } } },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        list: { type: 'array', items: { type: 'string' } },
        parts: PARTS,
      },
    },
  },
};
const METADATA: Schema = { type: 'object', properties: { name: { type: 'string' } } };
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const spec: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      a: fc.integer(),
      inner: fc.record({ b: fc.string() }, { requiredKeys: [] }),
      map: fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.string()),
      set: fc.uniqueArray(fc.stringMatching(/^[a-d]$/)),
      list: fc.array(fc.string()),
      parts: fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-d]$/), n: fc.nat() }), {
        selector: (part) => part.id,
      }),
    },
    { requiredKeys: [] },
  )
  .map((value) => ({ spec: JSON.parse(JSON.stringify(value)) }));

test('pruning twice prunes nothing more, and leaves only what the schema knows', () => {
  fc.assert(
    fc.property(json.filter(isObject), (value) => {
      const { value: pruned, unknown } = pruneUnknown(value, { root: SCHEMA, metadata: METADATA });
      expect(pruneUnknown(pruned, { root: SCHEMA, metadata: METADATA })).toEqual({ value: pruned, unknown: [] });
      expect(unknown.length > 0).toBe(!equals(value, pruned));
    }),
  );
});

test('defaults are filled in once, and never change what is there', () => {
  fc.assert(
    fc.property(spec, (value) => {
      const filled = applyDefaults(value, SCHEMA);
      expect(applyDefaults(filled, SCHEMA)).toBe(filled);
      expect(equals(mergeApplied(filled, value, SCHEMA), filled)).toBe(true);
      expect(validateSchema(filled, SCHEMA)).toEqual([]);
    }),
  );
});

test('a default is filled in only where its holder is', () => {
  expect(applyDefaults({}, SCHEMA)).toEqual({});
  expect(applyDefaults({ spec: {} }, SCHEMA)).toEqual({ spec: { a: 5, inner: { b: 'x' } } });
  expect(applyDefaults({ spec: { a: null } }, SCHEMA)).toEqual({ spec: { a: 5, inner: { b: 'x' } } });
});

test('validation never throws, whatever the value', () => {
  fc.assert(fc.property(json, (value) => Array.isArray(validateSchema(value, SCHEMA))));
});

test('a set of fields survives being written and read', () => {
  fc.assert(
    fc.property(spec, (value) => {
      const paths = new Set(fieldsOf(value, SCHEMA).map(({ path }) => path));
      expect(readFieldsV1(writeFieldsV1(paths))).toEqual(paths);
    }),
  );
});

test('applying a configuration twice is the same as once, and everything that it says holds', () => {
  fc.assert(
    fc.property(spec, spec, (live, applied) => {
      const once = mergeApplied(live, applied, SCHEMA);
      expect(equals(mergeApplied(once, applied, SCHEMA), once)).toBe(true);
      const fields = new Map(fieldsOf(once, SCHEMA).map((field) => [field.path, field.value]));
      for (const { path, role, value } of fieldsOf(applied, SCHEMA))
        if (role === 'leaf' && !isEmpty(value)) expect(equals(fields.get(path), value)).toBe(true);
    }),
  );
});

test('removing all fields of a configuration from itself leaves nothing', () => {
  fc.assert(
    fc.property(spec, (value) => {
      const paths = new Set(fieldsOf(value, SCHEMA).map(({ path }) => path));
      expect(removeFields(value, paths, { schema: SCHEMA, kept: new Set() })).toEqual({});
      expect(removeFields(value, paths, { schema: SCHEMA, kept: paths })).toEqual(value);
    }),
  );
});

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

test.each([
  ['has(self.a)', 'has(self.a)'],
  ['has(self.a[0].b)', '(self.a[0].?b).hasValue()'],
  ['!has(x.y) || has(self[1].z) && has(q.w)', '!has(x.y) || (self[1].?z).hasValue() && has(q.w)'],
])('%s becomes %s', (expression, rewritten) => {
  expect(rewriteHas(expression)).toBe(rewritten);
});

const rule = (text: string, more: object = {}): Schema => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });

test.each<[string, Schema, Json, Json | undefined, boolean]>([
  ['whole numbers are whole', { type: 'integer', ...rule('self + 1 == 3 && self / 2 == 1') }, 2, undefined, true],
  ['numbers are not', { type: 'number', ...rule('self < 2.5') }, 2, undefined, true],
  [
    'times can be compared',
    { type: 'string', format: 'date-time', ...rule("self > timestamp('2026-01-01T00:00:00Z')") },
    '2026-02-01T00:00:00Z',
    undefined,
    true,
  ],
  [
    'keywords are escaped',
    { properties: { namespace: { type: 'string' } }, ...rule("self.__namespace__ == 'n'") },
    { namespace: 'n' },
    undefined,
    true,
  ],
  [
    'dashes are escaped',
    { properties: { 'a-b': { type: 'string' } }, ...rule("self.a__dash__b == 'n'") },
    { 'a-b': 'n' },
    undefined,
    true,
  ],
  ['a transition rule waits for a change', rule('self == oldSelf'), 'x', undefined, true],
  ['and then compares', rule('self == oldSelf'), 'x', 'y', false],
  [
    'optionalOldSelf is asked on creation too',
    rule('oldSelf.hasValue()', { optionalOldSelf: true }),
    'x',
    undefined,
    false,
  ],
  [
    'and knows the old value',
    rule('oldSelf.hasValue() && oldSelf.value() == self', { optionalOldSelf: true }),
    'x',
    'x',
    true,
  ],
  ['networks are known', rule("isCIDR(self) && cidr(self).containsIP('10.1.2.3')"), '10.0.0.0/8', undefined, true],
  ['addresses are known', rule('isIP(self) && ip(self).family() == 6'), '2001:db8::1', undefined, true],
  [
    'a rule that cannot be evaluated does not hold',
    { type: 'object', ...rule('self.missing == 1') },
    {},
    undefined,
    false,
  ],
])('in a rule %s', (...[, schema, value, old, holds]) => {
  expect(new RuleChecker().check({ value, old }, schema).length === 0).toBe(holds);
});

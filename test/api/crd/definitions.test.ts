import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { evaluate } from '@marcbachmann/cel-js';
import { type CustomResourceDefinition, customResourceDefinitions } from '../../../api/crd/definitions.ts';
import { fileNameOf, yamlOf } from '../../../api/crd/render.ts';
import type { JsonSchema } from '../../../api/crd/structural.ts';
import { KINDS } from '../../../api/kinds.ts';

const FOLDER = join(import.meta.dirname, '../../../config/crd');
const definitions = customResourceDefinitions();

describe('the CRDs in config/crd', () => {
  test.each(definitions.map((definition) => [fileNameOf(definition), definition] as const))(
    '%s is what the schema gives (npm run generate:crds)',
    (name, definition) => {
      expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(yamlOf(definition));
    },
  );

  test('there is one for each of our kinds, under the name that the rows use', () => {
    const ours = Object.values(KINDS).filter((row) => row.apiVersion.startsWith('fairlead.dev/'));
    const named = definitions.map(({ spec }) => `${spec.names.kind}=${spec.names.plural}`);
    expect(named.toSorted()).toEqual(ours.map((row) => `${row.kind}=${row.plural}`).toSorted());
    expect(readdirSync(FOLDER).filter((name) => name.startsWith('fairlead.dev_'))).toHaveLength(ours.length);
  });
});

describe('every schema is structural', () => {
  test.each(definitions.map((definition) => [definition.spec.names.kind, definition] as const))(
    '%s',
    (_, definition) => {
      const faults = schemasBelow(schemaOf(definition), '').flatMap(({ path, schema }) =>
        structuralFaults(path, schema),
      );
      expect(faults).toEqual([]);
    },
  );

  test('the status has no default, so that a new object has none', () => {
    for (const definition of definitions) expect(schemaOf(definition).properties?.['status']?.default).toBeUndefined();
  });

  test('defaults that change the meaning are written, defaults that say nothing are not', () => {
    const spec = schemaNamed('LoadBalancerIPPool').properties?.['spec'];
    expect(spec?.properties?.['allowFirstLastIPs']?.default).toBe('Yes');
    expect(spec?.properties?.['serviceSelector']?.properties?.['matchLabels']?.default).toBeUndefined();
    expect(schemaNamed('LBNode').properties?.['spec']?.default).toEqual({});
  });

  test('conditions are a map by type, so that two writers do not undo each other', () => {
    const conditions = schemaNamed('BGPPeer').properties?.['status']?.properties?.['conditions'];
    expect(conditions).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
  });
});

describe('the CEL rules say what the parsers say', () => {
  const blocks = schemaNamed('LoadBalancerIPPool').properties?.['spec']?.properties?.['blocks']?.items ?? {};
  test.each([
    { block: { cidr: '192.0.2.0/24' }, broken: [] },
    { block: { start: '192.0.2.1' }, broken: [] },
    { block: { start: '192.0.2.1', stop: '192.0.2.9' }, broken: [] },
    { block: {}, broken: ['must hold either cidr or start'] },
    { block: { cidr: '192.0.2.0/24', start: '192.0.2.1' }, broken: ['must hold either cidr or start'] },
    { block: { stop: '192.0.2.9' }, broken: ['must hold either cidr or start', 'stop needs start'] },
    { block: { start: '192.0.2.1', stop: '2001:db8::1' }, broken: ['start and stop must be of one family'] },
  ])('a block $block', ({ block, broken }) => {
    expect(brokenRules(blocks, { self: block })).toEqual(broken);
  });

  test('a keepalive longer than the hold time', () => {
    const spec = schemaNamed('BGPPeer').properties?.['spec'] ?? {};
    expect(brokenRules(spec, { self: { keepaliveSeconds: 30n, holdTimeSeconds: 90n } })).toEqual([]);
    expect(brokenRules(spec, { self: { keepaliveSeconds: 31n, holdTimeSeconds: 30n } })).toHaveLength(1);
  });

  test('the address of an allocation never changes, and an IPv4 address is its name', () => {
    const spec = schemaNamed('IPAllocation').properties?.['spec'] ?? {};
    const [old, same, other] = [{ address: '192.0.2.1' }, { address: '192.0.2.1' }, { address: '192.0.2.2' }];
    expect(brokenRules(spec, { self: same, oldSelf: old })).toEqual([]);
    expect(brokenRules(spec, { self: other, oldSelf: old })).toHaveLength(1);
    const self = { metadata: { name: '192.0.2.1' }, spec: other };
    expect(brokenRules(schemaNamed('IPAllocation'), { self })).toEqual(['must be named by its address']);
  });
});

function schemaOf({ spec }: CustomResourceDefinition): JsonSchema {
  return spec.versions[0]?.schema.openAPIV3Schema ?? {};
}

function schemaNamed(kind: string): JsonSchema {
  const definition = definitions.find(({ spec }) => spec.names.kind === kind);
  if (definition === undefined) throw new Error(`no definition of ${kind}`);
  return schemaOf(definition);
}

function schemasBelow(schema: JsonSchema, path: string): readonly { path: string; schema: JsonSchema }[] {
  const below: [string, JsonSchema][] = Object.entries(schema.properties ?? {});
  if (schema.items !== undefined) below.push(['[]', schema.items]);
  if (typeof schema.additionalProperties === 'object') below.push(['*', schema.additionalProperties]);
  return [{ path, schema }, ...below.flatMap(([name, value]) => schemasBelow(value, `${path}.${name}`))];
}

/** Kubernetes' rules for structural schemas, as far as our generator could break them. */
function structuralFaults(path: string, schema: JsonSchema): readonly string[] {
  const alternatives = (schema['anyOf'] ?? []) as readonly JsonSchema[];
  return [
    ...(schema.type === undefined ? [`${path}: no type`] : []),
    ...(schema.additionalProperties === false ? [`${path}: additionalProperties is false`] : []),
    ...(schema['$ref'] === undefined ? [] : [`${path}: a reference`]),
    ...(schema['oneOf'] === undefined && schema['allOf'] === undefined ? [] : [`${path}: a union`]),
    ...alternatives.filter((one) => one.type !== undefined).map(() => `${path}: a type inside anyOf`),
    ...(schema.properties !== undefined && schema.additionalProperties !== undefined
      ? [`${path}: open and closed`]
      : []),
  ];
}

function brokenRules(schema: JsonSchema, variables: Record<string, unknown>): readonly string[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly { rule: string; message: string }[];
  return rules.filter(({ rule }) => evaluate(rule, variables) !== true).map(({ message }) => message);
}

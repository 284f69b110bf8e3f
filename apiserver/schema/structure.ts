// Is a schema itself any good? What CustomResourceDefinitions bring is checked once, so that nothing that reads schemas
// later needs to doubt them.
import { isArray, isObject, type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import { invalidValue, notSupported, required } from '../registry/strategies/fields.ts';
import type { Cause } from '../status-error.ts';
import { ruleProblems } from './cel/rules.ts';

type Shape = 'text' | 'number' | 'truth' | 'object' | 'texts' | 'list';

const SHAPES: Readonly<Record<string, Shape>> = {
  type: 'text',
  format: 'text',
  description: 'text',
  pattern: 'text',
  nullable: 'truth',
  enum: 'list',
  required: 'texts',
  properties: 'object',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'truth',
  exclusiveMaximum: 'truth',
  multipleOf: 'number',
  minLength: 'number',
  maxLength: 'number',
  minItems: 'number',
  maxItems: 'number',
  minProperties: 'number',
  maxProperties: 'number',
  allOf: 'list',
  anyOf: 'list',
  oneOf: 'list',
  not: 'object',
  items: 'object',
  'x-kubernetes-preserve-unknown-fields': 'truth',
  'x-kubernetes-int-or-string': 'truth',
  'x-kubernetes-embedded-resource': 'truth',
  'x-kubernetes-list-type': 'text',
  'x-kubernetes-list-map-keys': 'texts',
  'x-kubernetes-map-type': 'text',
  'x-kubernetes-validations': 'list',
};
const FITS: Readonly<Record<Shape, (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  truth: (value) => typeof value === 'boolean',
  object: isObject,
  list: isArray,
  texts: (value) => isArray(value) && value.every((item) => typeof item === 'string'),
};
const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** What is wrong with a structural schema, itself and everything in it. */
export function structureCauses(
  schema: JsonObject,
  path: string,
  problemOfRule: (expression: string) => string | undefined = ruleProblems(),
): readonly Cause[] {
  const shapes = Object.entries(schema).flatMap(([key, value]) => {
    const shape = SHAPES[key];
    return shape === undefined || FITS[shape](value)
      ? []
      : [invalidValue(`${path}.${key}`, value, `must be of the form ${shape}`)];
  });
  if (shapes.length > 0) return shapes;
  return [
    ...typeCauses(schema, path),
    ...patternCauses(schema, path),
    ...listCauses(schema, path),
    ...ruleCauses(schema, path, problemOfRule),
    ...innerSchemas(schema, path).flatMap(([at, inner]) => structureCauses(inner, at, problemOfRule)),
  ];
}

/** Every place says its type, unless it holds anything, or whole numbers and text. */
function typeCauses(schema: JsonObject, path: string): readonly Cause[] {
  const type = stringAt(schema, 'type') ?? '';
  const mayLackType =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === '')
    return mayLackType ? [] : [required(`${path}.type`, 'must not be empty for specified object fields')];
  return TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, TYPES)];
}

function patternCauses(schema: JsonObject, path: string): readonly Cause[] {
  const pattern = stringAt(schema, 'pattern');
  if (pattern === undefined) return [];
  return isPattern(pattern) ? [] : [invalidValue(`${path}.pattern`, pattern, 'must be a valid regular expression')];
}

function isPattern(text: string): boolean {
  try {
    RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function listCauses(schema: JsonObject, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  if (schema['type'] === 'array' && !isObject(schema['items']))
    causes.push(required(`${path}.items`, 'must be specified'));
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && (!isArray(keys) || keys.length === 0))
    causes.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  return causes;
}

function ruleCauses(
  schema: JsonObject,
  path: string,
  problemOfRule: (expression: string) => string | undefined,
): readonly Cause[] {
  const rules = schema['x-kubernetes-validations'];
  if (!isArray(rules)) return [];
  return rules.flatMap((entry, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const rule = stringAt(entry, 'rule') ?? '';
    if (rule === '') return [required(`${at}.rule`, 'rule is not specified')];
    const problem = problemOfRule(rule) ?? problemOfRule(stringAt(entry, 'messageExpression') ?? "''");
    return problem === undefined ? [] : [invalidValue(`${at}.rule`, rule, `compilation failed: ${problem}`)];
  });
}

function innerSchemas(schema: JsonObject, path: string): readonly [string, JsonObject][] {
  const properties = Object.entries(objectAt(schema, 'properties') ?? {}).map(([key, inner]): [string, Json] => [
    `${path}.properties[${key}]`,
    inner,
  ]);
  const single = ['items', 'additionalProperties'].map((key): [string, Json | undefined] => [
    `${path}.${key}`,
    schema[key],
  ]);
  return [...properties, ...single].flatMap(([at, inner]): [string, JsonObject][] =>
    isObject(inner) ? [[at, inner]] : [],
  );
}

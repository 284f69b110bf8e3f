// Values as CEL sees them: integers are integers (JavaScript has one kind of number), times are times, and property
// names that CEL could not write are escaped as Kubernetes escapes them.
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type Schema, schemaOfField } from '../schema.ts';

const KEYWORDS = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** A value of that schema for the evaluator. */
export function toCel(value: Json, schema: Schema | undefined): unknown {
  if (isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (isObject(value)) return toCelObject(value, schema);
  if (typeof value === 'number') return isIntegral(value, schema) ? BigInt(value) : value;
  return typeof value === 'string' && isTime(schema) ? new Date(value) : value;
}

function toCelObject(object: JsonObject, schema: Schema | undefined): Readonly<Record<string, unknown>> {
  const entries = Object.entries(object).flatMap(([key, inner]): [string, unknown][] => {
    const isProperty = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
    const name = isProperty ? escapeProperty(key) : key;
    return name === undefined ? [] : [[name, toCel(inner, schemaOfField(schema, key))]];
  });
  return Object.fromEntries(entries);
}

/** The name under which CEL reaches a property; undefined when it cannot. */
export function escapeProperty(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  const escaped = name.replaceAll(/__|[.\-/]/g, (part) => ESCAPES[part] ?? part);
  return IDENTIFIER.test(escaped) ? escaped : undefined;
}

function isIntegral(value: number, schema: Schema | undefined): boolean {
  if (!Number.isInteger(value)) return false;
  return schema?.type === 'integer' || schema?.['x-kubernetes-int-or-string'] === true || schema?.type === undefined;
}

function isTime(schema: Schema | undefined): boolean {
  return schema?.format === 'date-time' || schema?.format === 'date';
}

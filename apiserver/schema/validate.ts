// Validation of a value by its structural schema, with the texts of the real server.
import { equals, isArray, isObject, type Json, type JsonObject } from '../json.ts';
import type { Cause } from '../status-error.ts';
import { matchesFormat } from './formats.ts';
import { type Schema, schemaOfField } from './schema.ts';
import { validateArray } from './validate-array.ts';

/** Everything that is wrong with a value, in order of its fields. */
export function validateSchema(value: Json, schema: Schema, path = ''): readonly Cause[] {
  if (value === null && schema.nullable === true) return [];
  const wrongType = typeCause(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  return [
    ...enumCauses(value, schema, path),
    ...scalarCauses(value, schema, path),
    ...(isArray(value) ? validateArray(value, schema, { path, validate: validateSchema }) : []),
    ...(isObject(value) ? objectCauses(value, schema, path) : []),
    ...combinationCauses(value, schema, path),
  ];
}

function typeCause(value: Json, schema: Schema, path: string): Cause | undefined {
  const type = schema['x-kubernetes-int-or-string'] === true ? 'int-or-string' : schema.type;
  if (type === undefined || type === '' || isOfType(value, type)) return undefined;
  const found = typeName(value);
  const place = path === '' ? 'body' : `${path} in body`;
  return {
    reason: 'FieldValueTypeInvalid',
    field: path,
    message: `Invalid value: ${JSON.stringify(found)}: ${place} must be of type ${type === 'int-or-string' ? 'integer,string' : type}: ${JSON.stringify(found)}`,
  };
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value);
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumCauses(value: Json, schema: Schema, path: string): readonly Cause[] {
  if (schema.enum === undefined || schema.enum.some((allowed) => equals(allowed, value))) return [];
  const values = schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ');
  return [
    {
      reason: 'FieldValueNotSupported',
      field: path,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`,
    },
  ];
}

function scalarCauses(value: Json, schema: Schema, path: string): readonly Cause[] {
  if (typeof value === 'string') return stringCauses(value, schema, path);
  return typeof value === 'number' ? numberCauses(value, schema, path) : [];
}

function stringCauses(value: string, schema: Schema, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    causes.push({
      reason: 'FieldValueTooLong',
      field: path,
      message: `Too long: may not be more than ${schema.maxLength} bytes`,
    });
  if (schema.minLength !== undefined && length < schema.minLength)
    causes.push(inBody(value, path, `should be at least ${schema.minLength} chars long`));
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value))
    causes.push(inBody(value, path, `should match '${schema.pattern}'`));
  if (schema.format !== undefined && !matchesFormat(value, schema.format))
    causes.push(inBody(value, path, `must be of type ${schema.format}: ${JSON.stringify(value)}`));
  return causes;
}

function numberCauses(value: number, schema: Schema, path: string): readonly Cause[] {
  const { minimum, maximum, multipleOf } = schema;
  const causes: Cause[] = [];
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum))
    causes.push(
      inBody(value, path, `should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`),
    );
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum))
    causes.push(
      inBody(value, path, `should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`),
    );
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    causes.push(inBody(value, path, `should be a multiple of ${multipleOf}`));
  return causes;
}

function objectCauses(object: JsonObject, schema: Schema, path: string): readonly Cause[] {
  const missing = (schema.required ?? []).filter((field) => !Object.hasOwn(object, field));
  const size = Object.keys(object).length;
  const causes: Cause[] = missing.map((field) => ({
    reason: 'FieldValueRequired',
    field: join(path, field),
    message: 'Required value',
  }));
  if (schema.maxProperties !== undefined && size > schema.maxProperties)
    causes.push({
      reason: 'FieldValueTooMany',
      field: path,
      message: `Too many: ${size}: must have at most ${schema.maxProperties} items`,
    });
  if (schema.minProperties !== undefined && size < schema.minProperties)
    causes.push(inBody(size, path, `should have at least ${schema.minProperties} properties`));
  const inner = Object.entries(object).flatMap(([key, value]) => {
    const fieldSchema = schemaOfField(schema, key);
    return fieldSchema === undefined ? [] : validateSchema(value, fieldSchema, join(path, key));
  });
  return [...causes, ...inner];
}

function combinationCauses(value: Json, schema: Schema, path: string): readonly Cause[] {
  const passes = (part: Schema): boolean => validateSchema(value, part, path).length === 0;
  const causes: Cause[] = (schema.allOf ?? []).flatMap((part) => validateSchema(value, part, path));
  if (schema.anyOf !== undefined && !schema.anyOf.some(passes))
    causes.push(inBody(path, path, 'must validate at least one schema (anyOf)'));
  if (schema.oneOf !== undefined && schema.oneOf.filter(passes).length !== 1)
    causes.push(inBody(path, path, 'must validate one and only one schema (oneOf)'));
  if (schema.not !== undefined && passes(schema.not))
    causes.push(inBody(path, path, 'must not validate the schema (not)'));
  return causes;
}

function inBody(value: Json, path: string, why: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    field: path,
    message: `Invalid value: ${JSON.stringify(value)}: ${path === '' ? 'body' : `${path} in body`} ${why}`,
  };
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** Patterns are RE2's; what JavaScript spells differently is translated. A pattern nobody can read matches nothing. */
function patternOf(pattern: string): { test(text: string): boolean } {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    try {
      return new RegExp(pattern);
    } catch {
      return { test: () => false };
    }
  }
}

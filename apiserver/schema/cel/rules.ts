// x-kubernetes-validations over an object: every rule at its place, compiled at first use.
import type { Environment } from '@marcbachmann/cel-js';
import { equals, isArray, isObject, type Json } from '../../json.ts';
import type { Cause } from '../../status-error.ts';
import { type Schema, schemaOfField, type ValidationRule } from '../schema.ts';
import { keyValues } from '../validate-array.ts';
import { createCelEnvironment } from './environment.ts';
import { rewriteHas } from './has-macro.ts';
import { toCel } from './values.ts';

type Evaluate = (variables: Readonly<Record<string, unknown>>) => unknown;

/** A value before the change; undefined when there was none, or when it cannot be told which it was. */
interface Pair {
  readonly value: Json;
  readonly old: Json | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
};

export class RuleChecker {
  #environment: Environment | undefined;
  readonly #compiled = new Map<string, Evaluate>();
  readonly #rulesInside = new WeakMap<Schema, boolean>();

  /** Every rule that does not hold, outer ones first. `old` is the object before the change. */
  check({ value, old }: Pair, schema: Schema, path = ''): readonly Cause[] {
    if (!hasRules(schema, this.#rulesInside)) return [];
    const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule) =>
      this.#checkRule(rule, { value, old }, { schema, path }),
    );
    return [...own, ...this.#checkInner({ value, old }, schema, path)];
  }

  #checkInner({ value, old }: Pair, schema: Schema, path: string): readonly Cause[] {
    if (isArray(value)) {
      const { items } = schema;
      if (items === undefined) return [];
      return value.flatMap((item, i) =>
        this.check({ value: item, old: oldItem(item, old, schema) }, items, `${path}[${i}]`),
      );
    }
    if (!isObject(value)) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const fieldSchema = schemaOfField(schema, key);
      if (fieldSchema === undefined || inner === null) return [];
      const before = isObject(old) ? old[key] : undefined;
      return this.check({ value: inner, old: before }, fieldSchema, path === '' ? key : `${path}.${key}`);
    });
  }

  #checkRule(
    rule: ValidationRule,
    { value, old }: Pair,
    { schema, path }: { schema: Schema; path: string },
  ): readonly Cause[] {
    const variables: Record<string, unknown> = { self: toCel(value, schema) };
    if (/\boldSelf\b/.test(rule.rule)) {
      if (old === undefined && rule.optionalOldSelf !== true) return [];
      variables['oldSelf'] = rule.optionalOldSelf === true ? this.#optional(old, schema) : toCel(old ?? null, schema);
    }
    const field = rule.fieldPath === undefined ? path : path + rule.fieldPath;
    try {
      if (this.#compile(rule.rule)(variables) === true) return [];
    } catch (error) {
      const why = Error.isError(error) ? error.message.split('\n')[0] : String(error);
      return [
        {
          reason: 'FieldValueInvalid',
          field,
          message: `Invalid value: ${typeText(value)}: rule evaluation failed: ${why}`,
        },
      ];
    }
    const reason = rule.reason ?? 'FieldValueInvalid';
    const prefix = REASONS[reason] ?? `Invalid value: ${typeText(value)}`;
    return [{ reason, field, message: `${prefix}: ${this.#messageOf(rule, variables)}` }];
  }

  #messageOf(
    { rule, message, messageExpression }: ValidationRule,
    variables: Readonly<Record<string, unknown>>,
  ): string {
    const fallback = message ?? `failed rule: ${rule.trim()}`;
    if (messageExpression === undefined) return fallback;
    try {
      const text = this.#compile(messageExpression)(variables);
      return typeof text === 'string' && text.trim() !== '' ? text : fallback;
    } catch {
      // A message that cannot be made does not hide that the rule failed.
      return fallback;
    }
  }

  #optional(old: Json | undefined, schema: Schema): unknown {
    const make = old === undefined ? 'optional.none()' : 'optional.of(value)';
    return this.#compile(make)(old === undefined ? {} : { value: toCel(old, schema) });
  }

  #compile(expression: string): Evaluate {
    const known = this.#compiled.get(expression);
    if (known !== undefined) return known;
    this.#environment ??= createCelEnvironment();
    const evaluate: Evaluate = this.#environment.parse(rewriteHas(expression));
    this.#compiled.set(expression, evaluate);
    return evaluate;
  }
}

/** The item of the old list that is the same one: only lists of type map can tell. */
function oldItem(item: Json, old: Json | undefined, schema: Schema): Json | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || keys === undefined) return undefined;
  const identity = keyValues(item, keys, schema.items);
  return old.find((other) => equals(keyValues(other, keys, schema.items), identity));
}

function typeText(value: Json): string {
  if (isArray(value)) return '"array"';
  if (isObject(value)) return '"object"';
  return JSON.stringify(value);
}

function hasRules(schema: Schema, memory: WeakMap<Schema, boolean>): boolean {
  const known = memory.get(schema);
  if (known !== undefined) return known;
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ];
  const found = schema['x-kubernetes-validations'] !== undefined || inner.some((part) => hasRules(part, memory));
  memory.set(schema, found);
  return found;
}

/** Tells why an expression cannot be compiled; undefined when it can. One environment serves all that are asked. */
export function ruleProblems(): (expression: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  let environment: Environment | undefined;
  return (expression) => {
    if (known.has(expression)) return known.get(expression);
    environment ??= createCelEnvironment();
    const problem = problemOf(expression, environment);
    known.set(expression, problem);
    return problem;
  };
}

function problemOf(expression: string, environment: Environment): string | undefined {
  try {
    environment.parse(rewriteHas(expression));
    return undefined;
  } catch (error) {
    return Error.isError(error) ? error.message.split('\n')[0] : String(error);
  }
}

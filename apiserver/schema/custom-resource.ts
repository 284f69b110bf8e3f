// What is wrong with a custom resource: first its schema, then, when the shape is right, its CEL rules.
import type { JsonObject } from '../json.ts';
import type { Cause } from '../status-error.ts';
import type { RuleChecker } from './cel/rules.ts';
import type { Schema } from './schema.ts';
import { validateSchema } from './validate.ts';

export interface CustomResourceChange {
  readonly object: JsonObject;
  readonly previous: JsonObject | undefined;
  readonly schema: Schema;
}

/** Rules look at well-formed objects only, as the real server has it. */
export function customResourceCauses(
  { object, previous, schema }: CustomResourceChange,
  rules: RuleChecker,
): readonly Cause[] {
  const causes = validateSchema(object, schema);
  return causes.length > 0 ? causes : rules.check({ value: object, old: previous }, schema);
}

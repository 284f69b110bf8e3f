// From a request's body to an object of the kind that its address names.
import { isObject, type Json, type JsonObject, stringAt } from '../json.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';
import { pruneUnknown } from '../schema/fields.ts';
import type { Schema } from '../schema/schema.ts';
import { checkTypes } from '../schema/types.ts';
import { badRequest } from '../status-error.ts';
import type { WriteOptions } from './options.ts';

/** Checks kind and types, takes out unknown fields as fieldValidation says. Throws 400. */
export function ingest(
  body: Json,
  kind: Kind,
  { metadata, options }: { metadata: Schema; options: WriteOptions },
): JsonObject {
  if (!isObject(body)) throw badRequest('the request body must be one object');
  const typed = withKind(body, kind);
  const { value, unknown } = pruneUnknown(typed, { root: kind.schema, metadata });
  reportUnknown(unknown, kind, options);
  const problem = checkTypes(value, kind.schema, { metadata, onlyMetadata: kind.isCustom });
  if (problem !== undefined)
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${problem}`);
  return value;
}

function withKind(body: JsonObject, kind: Kind): JsonObject {
  const apiVersion = stringAt(body, 'apiVersion') ?? apiVersionOf(kind);
  const name = stringAt(body, 'kind') ?? kind.kind;
  if (apiVersion !== apiVersionOf(kind))
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  if (name !== kind.kind)
    throw badRequest(`the kind in the data (${name}) does not match the expected kind (${kind.kind})`);
  return { ...body, apiVersion, kind: name };
}

function reportUnknown(unknown: readonly string[], kind: Kind, options: WriteOptions): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === 'Warn') options.warnings.push(...texts);
  else
    throw badRequest(
      `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${texts.join(', ')}`,
    );
}

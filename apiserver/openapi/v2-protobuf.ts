// The v2 document as gnostic's openapi.v2.Document: kubectl up to 1.26 reads nothing else. Field numbers are those of
// github.com/google/gnostic-models openapiv2/OpenAPIv2.proto.
import { isArray, isObject, type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import { KIND_EXTENSION } from './definitions.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** What clients ask for. */
export const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What the answer says: `@` may not stand in a media type, and Go's parser refuses it. */
export const V2_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export function encodeV2(document: JsonObject): Uint8Array {
  const info = new ProtobufWriter()
    .text(1, stringAt(document, 'info', 'title'))
    .text(2, stringAt(document, 'info', 'version'));
  const paths = new ProtobufWriter();
  for (const [path, item] of Object.entries(objectAt(document, 'paths') ?? {}))
    paths.message(2, new ProtobufWriter().text(1, path).message(2, pathItem(item)));
  return new ProtobufWriter()
    .text(1, stringAt(document, 'swagger'))
    .message(2, info)
    .message(8, paths)
    .message(9, namedSchemas(objectAt(document, 'definitions') ?? {}))
    .finish();
}

function pathItem(item: Json): ProtobufWriter {
  const patch = objectAt(item, 'patch') ?? {};
  const operation = new ProtobufWriter();
  const parameters = patch['parameters'];
  if (isArray(parameters)) for (const parameter of parameters) operation.message(8, queryParameter(parameter));
  operation.message(9, new ProtobufWriter());
  operation.message(13, named(KIND_EXTENSION, any(patch[KIND_EXTENSION] ?? {})));
  return new ProtobufWriter().message(8, operation);
}

/** ParametersItem{parameter: Parameter{non_body_parameter: NonBodyParameter{query_parameter_sub_schema}}} */
function queryParameter(parameter: Json): ProtobufWriter {
  const query = new ProtobufWriter().text(2, 'query').text(4, stringAt(parameter, 'name')).text(6, 'string');
  const nonBody = new ProtobufWriter().message(3, query);
  return new ProtobufWriter().message(1, new ProtobufWriter().message(2, nonBody));
}

/** Definitions and Properties: repeated NamedSchema additional_properties = 1. */
function namedSchemas(schemas: JsonObject): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const [name, schema] of Object.entries(schemas))
    if (isObject(schema)) writer.message(1, named(name, schemaMessage(schema)));
  return writer;
}

function named(name: string, value: ProtobufWriter): ProtobufWriter {
  return new ProtobufWriter().text(1, name).message(2, value);
}

function schemaMessage(schema: JsonObject): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, schema['$ref']).text(2, schema['format']).text(4, schema['description']);
  const { required, type, items, properties, additionalProperties } = schema;
  if (isArray(required)) for (const field of required) writer.text(19, field);
  if (isObject(additionalProperties))
    writer.message(21, new ProtobufWriter().message(1, schemaMessage(additionalProperties)));
  if (typeof type === 'string') writer.message(22, new ProtobufWriter().text(1, type));
  if (isObject(items)) writer.message(23, new ProtobufWriter().message(1, schemaMessage(items)));
  if (isObject(properties)) writer.message(25, namedSchemas(properties));
  for (const [key, value] of Object.entries(schema))
    if (key.startsWith('x-')) writer.message(31, named(key, any(value)));
  return writer;
}

/** Any with its content as YAML text; JSON is YAML. */
function any(value: Json): ProtobufWriter {
  return new ProtobufWriter().text(2, JSON.stringify(value));
}

// Secrets and ConfigMaps.
import { equals, isObject, type JsonObject, objectAt, omit, stringAt, textOf, valueAt } from '../../json.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy } from '../kind.ts';
import { fill, forbiddenField, invalidValue, required } from './fields.ts';

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_BYTES = 1024 * 1024;
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export const SECRET: Strategy = {
  default: (secret) => fill(withStringData(secret), { type: 'Opaque' }),
  validate: (secret, previous) => [
    ...keyCauses(secret, 'data'),
    ...base64Causes(secret),
    ...typeCauses(secret),
    ...(previous === undefined ? [] : immutableCauses(secret, previous)),
    ...(previous === undefined || equals(secret['type'], previous['type'])
      ? []
      : [invalidValue('type', secret['type'], 'field is immutable')]),
  ],
};

export const CONFIG_MAP: Strategy = {
  validate: (map, previous) => [
    ...keyCauses(map, 'data'),
    ...keyCauses(map, 'binaryData'),
    ...(previous === undefined ? [] : immutableCauses(map, previous)),
  ],
};

/** stringData is for writing only: it ends up in data, and wins there. */
function withStringData(secret: JsonObject): JsonObject {
  const texts = objectAt(secret, 'stringData');
  if (texts === undefined) return omit(secret, ['stringData']);
  const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(textOf(text)).toString('base64')]);
  return { ...omit(secret, ['stringData']), data: { ...objectAt(secret, 'data'), ...Object.fromEntries(encoded) } };
}

function keyCauses(object: JsonObject, field: 'data' | 'binaryData'): readonly Cause[] {
  const entries = Object.entries(objectAt(object, field) ?? {});
  const wrong = entries.filter(([key]) => !KEY.test(key) || key === '.' || key === '..');
  const size = entries.reduce((sum, [, value]) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 0), 0);
  return [
    ...wrong.map(([key]) =>
      invalidValue(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      ),
    ),
    ...(size > MAX_BYTES
      ? [{ reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${MAX_BYTES} bytes` }]
      : []),
  ];
}

function base64Causes(secret: JsonObject): readonly Cause[] {
  const data = valueAt(secret, 'data');
  if (!isObject(data)) return [];
  const wrong = Object.entries(data).filter(([, value]) => typeof value !== 'string' || !BASE64.test(value));
  return wrong.map(([key]) => invalidValue(`data[${key}]`, '<redacted>', 'illegal base64 data'));
}

function typeCauses(secret: JsonObject): readonly Cause[] {
  const keys = REQUIRED_KEYS[stringAt(secret, 'type') ?? ''] ?? [];
  const data = objectAt(secret, 'data') ?? {};
  return keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
}

function immutableCauses(object: JsonObject, previous: JsonObject): readonly Cause[] {
  if (previous['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const changed = ['immutable', 'data', 'binaryData'].filter((field) => !equals(object[field], previous[field]));
  return changed.map((field) => forbiddenField(field, why));
}

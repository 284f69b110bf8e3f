// Built-in kinds in protobuf, as Go clients send them, made into the JSON that they stand for.
import { isObject, type Json, type JsonObject } from '../json.ts';
import { readMessage, WireError } from './wire.ts';

/** [number, JSON name or "" for inlined content, type, shape]; see scripts/generate-protobuf-messages.ts. */
export type FieldRow = readonly [number, string, string, string];
export type MessageTable = Readonly<Record<string, readonly FieldRow[]>>;

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from('k8s\0');
const GROUPS: Readonly<Record<string, string>> = {
  v1: 'core',
  'apps/v1': 'apps',
  'discovery.k8s.io/v1': 'discovery',
  'events.k8s.io/v1': 'events',
  'coordination.k8s.io/v1': 'coordination',
  'networking.k8s.io/v1': 'networking',
  'rbac.authorization.k8s.io/v1': 'rbac',
  'authentication.k8s.io/v1': 'authentication',
  'authorization.k8s.io/v1': 'authorization',
};

/** Loads the table of messages; about a millisecond. */
export async function loadMessageTable(): Promise<MessageTable> {
  const module: { readonly default: unknown } = await import('./gen/messages.json', { with: { type: 'json' } });
  return module.default as MessageTable;
}

/** Reads Kubernetes' envelope and the object in it. Throws WireError for broken bytes and kinds without a table. */
export function decodeObject(bytes: Buffer, table: MessageTable): JsonObject {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new WireError('the body lacks the prefix of Kubernetes protobuf');
  // runtime.Unknown { typeMeta = 1 { apiVersion = 1, kind = 2 }, raw = 2 }
  const envelope = readMessage(bytes.subarray(MAGIC.length));
  const bytesOf = (fields: ReturnType<typeof readMessage>, number: number): Buffer => {
    const value = fields.find((field) => field.number === number)?.value;
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  };
  const type = readMessage(bytesOf(envelope, 1));
  const [apiVersion, kind] = [bytesOf(type, 1).toString(), bytesOf(type, 2).toString()];
  const name = kind === 'DeleteOptions' ? 'meta.DeleteOptions' : `${GROUPS[apiVersion] ?? '?'}.${kind}`;
  return { apiVersion, kind, ...decodeMessage(bytesOf(envelope, 2), name, table) };
}

function decodeMessage(bytes: Buffer, name: string, table: MessageTable): JsonObject {
  const rows = table[name];
  if (rows === undefined) throw new WireError(`no kind ${name} is known`);
  const result: Record<string, Json> = {};
  for (const { number, value } of readMessage(bytes)) {
    const row = rows.find(([known]) => known === number);
    if (row !== undefined) place(result, row, decodeField(value, row, table));
  }
  return result;
}

/** Go leaves out what is empty, unless a pointer says that it is meant. */
function place(result: Record<string, Json>, [, jsonName, , shape]: FieldRow, value: Json): void {
  if (shape === '[]') {
    const known = result[jsonName];
    result[jsonName] = [...(Array.isArray(known) ? known : []), value];
  } else if (shape === '{}')
    result[jsonName] = { ...(isObject(result[jsonName]) ? result[jsonName] : {}), ...(isObject(value) ? value : {}) };
  else if (jsonName === '') Object.assign(result, value);
  else if (shape !== '' || !isEmpty(value)) result[jsonName] = value;
}

function decodeField(value: bigint | Buffer, [, , type, shape]: FieldRow, table: MessageTable): Json {
  if (shape !== '{}') return decodeValue(value, type, table);
  const entry = Buffer.isBuffer(value) ? readMessage(value) : [];
  const key = entry.find(({ number }) => number === 1)?.value;
  const inner = entry.find(({ number }) => number === 2)?.value ?? Buffer.alloc(0);
  return { [Buffer.isBuffer(key) ? key.toString() : '']: decodeValue(inner, type, table) };
}

function decodeValue(value: bigint | Buffer, type: string, table: MessageTable): Json {
  if (typeof value === 'bigint') return decodeNumber(value, type);
  switch (type) {
    case 's':
      return value.toString();
    case 'y':
      return value.toString('base64');
    case 'raw':
      return decodeRaw(value);
    case 'quantity':
      return firstText(value, 1);
    case 'intOrString':
      return decodeIntOrString(value);
    case 'time':
    case 'microTime':
      return decodeTime(value, type === 'microTime' ? 6 : 0);
    default:
      return decodeMessage(value, type, table);
  }
}

function decodeNumber(value: bigint, type: string): Json {
  if (type === 'b') return value !== 0n;
  if (type !== 'd') return Number(BigInt.asIntN(64, value));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.readDoubleLE();
}

/** RawExtension and FieldsV1 hold JSON in their field 1. */
function decodeRaw(bytes: Buffer): Json {
  const text = firstText(bytes, 1);
  return text === '' ? {} : JSON.parse(text);
}

/** IntOrString { type = 1, intVal = 2, strVal = 3 } */
function decodeIntOrString(bytes: Buffer): Json {
  const fields = readMessage(bytes);
  const numberAt = (wanted: number): bigint => {
    const value = fields.find(({ number }) => number === wanted)?.value;
    return typeof value === 'bigint' ? value : 0n;
  };
  return numberAt(1) === 0n ? Number(BigInt.asIntN(32, numberAt(2))) : firstText(bytes, 3);
}

/** Time { seconds = 1, nanos = 2 }; an empty message is no time at all. */
function decodeTime(bytes: Buffer, digits: number): Json {
  const fields = readMessage(bytes);
  const seconds = fields.find(({ number }) => number === 1)?.value;
  const nanos = fields.find(({ number }) => number === 2)?.value;
  if (typeof seconds !== 'bigint') return '';
  const whole = new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().slice(0, 19);
  const fraction =
    digits === 0
      ? ''
      : `.${String(typeof nanos === 'bigint' ? nanos : 0n)
          .padStart(9, '0')
          .slice(0, digits)}`;
  return `${whole}${fraction}Z`;
}

function firstText(bytes: Buffer, wanted: number): string {
  const value = readMessage(bytes).find(({ number }) => number === wanted)?.value;
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function isEmpty(value: Json): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return isObject(value) && Object.keys(value).length === 0;
}

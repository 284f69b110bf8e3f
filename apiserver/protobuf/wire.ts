// The protobuf wire format, read: fields of a message in their order, unknown ones included.

export interface WireField {
  readonly number: number;
  /** A varint or fixed number, or the bytes of text, bytes and messages. */
  readonly value: bigint | Buffer;
}

/** The bytes are no message. */
export class WireError extends Error {
  readonly code = 'WIRE';
}

/** All fields of a message; throws WireError when it is cut short or malformed. */
export function readMessage(bytes: Buffer): readonly WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    const field = readValue(bytes, key.end, Number(key.value & 7n));
    fields.push({ number: Number(key.value >> 3n), value: field.value });
    at = field.end;
  }
  return fields;
}

interface Read<T> {
  readonly value: T;
  readonly end: number;
}

function readValue(bytes: Buffer, at: number, wireType: number): Read<bigint | Buffer> {
  if (wireType === 0) return readVarint(bytes, at);
  if (wireType === 1) return { value: slice(bytes, at, 8).readBigUInt64LE(), end: at + 8 };
  if (wireType === 5) return { value: BigInt(slice(bytes, at, 4).readUInt32LE()), end: at + 4 };
  if (wireType !== 2) throw new WireError(`wire type ${wireType} is not used here`);
  const length = readVarint(bytes, at);
  return { value: slice(bytes, length.end, Number(length.value)), end: length.end + Number(length.value) };
}

function readVarint(bytes: Buffer, start: number): Read<bigint> {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new WireError('the message is cut short');
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value, end: start + i + 1 };
  }
  throw new WireError('a number is too long');
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (length > bytes.length - at) throw new WireError('the message is cut short');
  return bytes.subarray(at, at + length);
}

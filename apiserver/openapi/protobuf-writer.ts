// The few pieces of the protobuf wire format that are needed to write messages.

/** Gathers the fields of one message. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];

  text(field: number, value: unknown): this {
    if (typeof value === 'string' && value !== '') this.bytes(field, Buffer.from(value));
    return this;
  }

  /** A message within this one; always written, also when it is empty. */
  message(field: number, inner: ProtobufWriter): this {
    return this.bytes(field, inner.finish());
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(varint((field << 3) | 2), varint(value.length), value);
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  while (left > 127) {
    bytes.push((left & 127) | 128);
    left >>>= 7;
  }
  bytes.push(left);
  return Uint8Array.from(bytes);
}

import { ApiProtocolError } from './api-error.ts';

const NEWLINE = 0x0a;

/**
 * Cuts a stream of chunks into lines (without their newline), holding at most `maxBytes` of an unfinished one; more is
 * an ApiProtocolError. An unfinished last line is dropped: the connection broke within it.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (pendingBytes + end - start > maxBytes) throw tooLong(maxBytes);
      yield Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    pending.push(Buffer.from(chunk.subarray(start)));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maxBytes) throw tooLong(maxBytes);
  }
}

function tooLong(maxBytes: number): ApiProtocolError {
  return new ApiProtocolError(`a watch event is longer than ${maxBytes} bytes`);
}

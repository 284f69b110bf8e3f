import type { IncomingMessage } from 'node:http';

export interface RequestBody {
  /** Undefined: the request has no body. */
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  /** Has anybody begun to read it? */
  readonly isTouched: () => boolean;
}

/**
 * The body of a request for undici. It is wrapped because undici destroys a stream that it does not finish, and with
 * an IncomingMessage the client's connection would go, on which the answer is still to be written. `onFirstRead` is
 * the moment to ask a waiting client for its body (Expect: 100-continue).
 */
export function requestBody(request: IncomingMessage, onFirstRead: () => void): RequestBody {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  let isTouched = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    isTouched = true;
    onFirstRead();
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk;
  }
  return { stream: hasBody ? { [Symbol.asyncIterator]: chunks } : undefined, isTouched: () => isTouched };
}

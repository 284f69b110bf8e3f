import type { IncomingMessage } from 'node:http';

export interface RequestBody {
  /** Undefined: the request has no body. */
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  /** Has anybody begun to read it? */
  readonly isTouched: () => boolean;
  /** Is a part of it still to come? */
  readonly isIncomplete: () => boolean;
  /** Does the client send it without being asked? */
  readonly isComing: () => boolean;
  /** Reads on to the end for nobody. */
  readonly discard: () => void;
}

export interface RequestBodyOptions {
  /** Does the client wait for 100 before it sends its body? */
  readonly expectsContinue: boolean;
  /** Asks it. Called once, at the first read. */
  readonly askForBody: () => void;
}

/**
 * The body of a request for undici. It is wrapped because undici destroys a stream that it does not finish, and with
 * an IncomingMessage the client's connection would go, on which the answer is still to be written.
 */
export function requestBody(request: IncomingMessage, options: RequestBodyOptions): RequestBody {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  let reading: AsyncGenerator<Uint8Array> | undefined;
  let isTouched = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    isTouched = true;
    if (options.expectsContinue) options.askForBody();
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk;
  }
  const discard = (): void => {
    const resume = (): void => void request.resume();
    if (reading === undefined) return resume();
    // Its reader has gone and will not ask for more; a client that breaks off ends it with an error, as good an end.
    reading.return(undefined).then(resume, resume);
  };
  return {
    stream: hasBody ? { [Symbol.asyncIterator]: () => (reading = chunks()) } : undefined,
    isTouched: () => isTouched,
    // Without a body too, a request counts as complete only after it has been announced.
    isIncomplete: () => hasBody && !request.complete,
    isComing: () => isTouched || !options.expectsContinue,
    discard,
  };
}

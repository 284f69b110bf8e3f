// One request as the operations see it, and what they answer.
import type { JsonObject } from '../json.ts';
import type { RequestQuery } from './query.ts';
import type { Representation } from './representation.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: RequestQuery;
  readonly user: User;
  readonly userAgent: string;
  readonly representation: Representation;
  readonly accept: string;
  readonly mediaType: string;
  /** Reads the body; throws 413 when it is too large. */
  body(): Promise<Buffer>;
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

/** A whole answer, or a stream that `run` writes until it is over. */
export type Answer =
  | {
      readonly kind: 'object';
      readonly code: number;
      readonly object: JsonObject;
      readonly warnings?: readonly string[];
    }
  | {
      readonly kind: 'text';
      readonly code: number;
      readonly text: string;
      readonly contentType: string;
      readonly etag?: string;
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string; readonly etag?: string }
  | { readonly kind: 'stream'; run(sink: StreamSink, signal: AbortSignal): Promise<void> };

export interface StreamSink {
  /** Writes one JSON document and a line feed. False when the client reads too slowly and the stream must end. */
  write(document: JsonObject): boolean;
  /** Waits until the client has taken what was written; undefined when it has. Rejects when aborted. */
  ready(signal: AbortSignal): Promise<unknown> | undefined;
}

export function objectAnswer(object: JsonObject, code = 200, warnings: readonly string[] = []): Answer {
  return { kind: 'object', code, object, warnings };
}

import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { countOf, type HeaderList, withoutFields } from '../http/header-list.ts';
import { withoutFraming } from '../http/hop-by-hop.ts';
import type { RequestBody } from './request-body.ts';

export interface ClientAnswerOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody;
}

/** How long a client may go on sending a body that nobody wants, so that it comes to read the answer. */
const LINGER_MS = 5000;
const UNSPEAKABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** The one answer to a request, on the client's side. What comes from pods and rules may be anything: it stays whole. */
export class ClientAnswer {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: RequestBody;
  #isBodyMeaningless = false;

  constructor({ request, response, body }: ClientAnswerOptions) {
    this.#request = request;
    this.#response = response;
    this.#body = body;
  }

  /** Can nothing else be answered any more? */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** The connection ends with this answer. Only before it begins. */
  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  /** As `closeAfter`, without waiting for a body: where it ends is not known. */
  closeAtOnce(): void {
    this.closeAfter();
    this.#isBodyMeaningless = true;
  }

  /** 103 with its fields as they are. Not by writeEarlyHints, which knows fewer forms of Link than RFC 8288. */
  earlyHints(headers: HeaderList): void {
    const { socket } = this.#response;
    if (this.#request.httpVersion === '1.0' || this.hasBegun || socket === null) return;
    let head = 'HTTP/1.1 103 Early Hints\r\n';
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    socket.write(`${head}\r\n`, 'latin1');
  }

  /** Begins the answer. Throws when the fields cannot be written; then another may still be given. */
  head(status: number, message: string, headers: HeaderList): void {
    const reason = UNSPEAKABLE.test(message) ? (STATUS_CODES[status] ?? '') : message;
    this.#response.writeHead(status, reason, this.#fitting(status, headers));
    // The first bytes of the body usually came with the head and leave in one write; a slow body must not keep it.
    process.nextTick(() => this.#response.flushHeaders());
  }

  /** False: no more until the response drains. */
  write(chunk: Buffer): boolean {
    return this.#response.write(chunk);
  }

  /** The end of an answer that `head` began. */
  end(trailers: IncomingHttpHeaders): void {
    const fields = Object.entries(trailers).flatMap(([name, value]) => [name, String(value)]);
    const kept = withoutFraming(fields);
    for (let i = 0; i < kept.length; i += 2) this.#response.addTrailers([[kept[i] ?? '', kept[i + 1] ?? '']]);
    this.#end();
  }

  /** A whole short answer. */
  whole(status: number, headers: HeaderList, text: string): void {
    if (this.#body.isIncomplete()) this.closeAfter();
    this.#response.writeHead(status, STATUS_CODES[status] ?? '', [...headers, 'content-length', String(text.length)]);
    if (this.#request.method !== 'HEAD') this.#response.write(text);
    this.#end();
  }

  /** Breaks off, so that no half answer looks whole: with a reset, or under TLS without its close_notify. */
  cut(): void {
    const { socket } = this.#response;
    if (socket === null) return;
    if ('encrypted' in socket) socket.destroy();
    else socket.resetAndDestroy();
  }

  /**
   * A client that is still sending may not read before it has sent all. If the connection were closed now, it would
   * meet a reset in place of the answer (RFC 9112 §9.6): what it sends is thrown away until it ends or takes too long.
   */
  #end(): void {
    const response = this.#response;
    const request = this.#request;
    const isDue = this.#body.isIncomplete() && this.#body.isComing() && !this.#isBodyMeaningless;
    if (!isDue) return void response.end();
    this.#body.discard();
    if (response.shouldKeepAlive) return void response.end();
    const end = (): void => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    request.once('end', end);
    response.once('close', () => clearTimeout(timer));
  }

  /** Without what node:http would refuse or a client misread: Trailer without chunks, a length of what has no body. */
  #fitting(status: number, headers: HeaderList): string[] {
    const { method, httpVersion } = this.#request;
    const hasNoBody = method === 'HEAD' || status === 204 || status === 304;
    const isChunked = !hasNoBody && httpVersion !== '1.0' && countOf(headers, 'content-length') === 0;
    return withoutFields(
      headers,
      (name) => (name === 'trailer' && !isChunked) || (name === 'content-length' && status === 204),
    );
  }
}

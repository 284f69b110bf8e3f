import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { fieldOf, type HeaderList } from '../http/header-list.ts';
import { ProxyError } from '../proxy-error.ts';
import { upstreamError } from './upstream-errors.ts';

/** Who receives an endpoint's answer. `failed` and `end` are each the last call. */
export interface AnswerSink {
  informational(status: number, headers: HeaderList): void;
  head(status: number, message: string, headers: HeaderList): void;
  /** False: no more until `resume()`. */
  data(chunk: Buffer): boolean;
  end(trailers: IncomingHttpHeaders): void;
  upgraded(headers: HeaderList, socket: Duplex): void;
  failed(error: ProxyError): void;
}

export interface UpstreamRequestOptions {
  readonly sink: AnswerSink;
  /** Until the head of the answer. */
  readonly timeoutMs: number | undefined;
}

/** One try at one endpoint. Turns undici's callbacks into an AnswerSink's, with our errors and our timeout. */
export class UpstreamRequest implements Dispatcher.DispatchHandler {
  readonly #sink: AnswerSink;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor({ sink, timeoutMs }: UpstreamRequestOptions) {
    this.#sink = sink;
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#timeOut(), timeoutMs);
  }

  /** Ends the try without another call to the sink. */
  abort(): void {
    this.#finish();
    this.#controller?.abort(new ProxyError('ClientGone', { source: 'proxy' }));
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) this.abort();
  }

  onResponseStart(
    ...[controller, status, , message]: [Dispatcher.DispatchController, number, IncomingHttpHeaders, string?]
  ): void {
    if (this.#isOver) return;
    const headers = rawFields(controller.rawHeaders);
    if (status < 200) return this.#sink.informational(status, headers);
    const coding = fieldOf(headers, 'transfer-encoding');
    if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return this.#refuseCoding(coding);
    clearTimeout(this.#timer);
    this.#sink.head(status, message ?? '', headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver && !this.#sink.data(chunk)) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sink.end(trailers);
  }

  onRequestUpgrade(
    ...[controller, , , socket]: [Dispatcher.DispatchController, number, IncomingHttpHeaders, Duplex]
  ): void {
    if (this.#isOver) return void socket.destroy();
    this.#finish();
    this.#sink.upgraded(rawFields(controller.rawHeaders), socket);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(upstreamError(error));
  }

  #timeOut(): void {
    this.#giveUp(new ProxyError('UpstreamTimeout', { source: 'upstream' }));
  }

  /** undici decodes chunks and nothing else, and we do not pass the coding on. */
  #refuseCoding(coding: string): void {
    const cause = new Error(`transfer coding ${coding}`);
    this.#giveUp(new ProxyError('UpstreamProtocol', { source: 'upstream', cause }));
  }

  #giveUp(error: ProxyError): void {
    const controller = this.#controller;
    this.#fail(error);
    controller?.abort(error);
  }

  #fail(error: ProxyError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sink.failed(error);
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

function rawFields(raw: Dispatcher.DispatchController['rawHeaders']): HeaderList {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}

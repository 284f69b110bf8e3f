// The speaker's end of the serving socket: what the proxy of this node serves, heard within milliseconds of its death.
import { connect, type Socket } from 'node:net';
import {
  type AnnouncedReport,
  encodeReport,
  parseServingReport,
  REPORT_INTERVAL_MS,
  REPORT_MISSES,
} from '../../api/serving-report.ts';
import { backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { Served } from '../plan/served.ts';

export interface ServingReportReaderOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Called after `served()` has changed. */
  readonly onChange: () => void;
  /** Called with each line that is no report. */
  readonly onBadLine: (why: string) => void;
}

const STALE_AFTER_MS = REPORT_INTERVAL_MS * REPORT_MISSES;
/** How often the proxy is told again what is announced, in ms. */
const ANNOUNCED_INTERVAL_MS = 1000;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const RECONNECT = { firstMs: 50, maxMs: 500 } as const;

export class ServingReportReader {
  readonly #options: ServingReportReaderOptions;
  #served: Served = { kind: 'absent' };
  #heardAt: number | undefined;
  #announced: AnnouncedReport = { type: 'announced', addresses: [], draining: false };
  #socket: Socket | undefined;

  constructor(options: ServingReportReaderOptions) {
    this.#options = options;
  }

  served(): Served {
    return this.#served;
  }

  /** Time since the last report in ms; undefined before the first. */
  ageMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#options.clock.monotonic() - this.#heardAt;
  }

  /** Tells the proxy what is announced now, and repeats it each second and on every new connection. */
  announce(addresses: AnnouncedReport['addresses'], { draining }: { readonly draining: boolean }): void {
    this.#announced = { type: 'announced', addresses, draining };
    this.#sendAnnounced();
  }

  /** Stays connected, with retries for ever, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const heardBefore = this.#heardAt;
      await this.#listen(signal);
      if (this.#heardAt !== heardBefore) failures = 0;
      await sleep(backoff(failures, RECONNECT), signal).catch(() => {});
    }
  }

  /** One connection from its beginning to its end. The end of the connection is the end of all serving. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connect(this.#options.path);
    const lines = new LineSplitter(MAX_LINE_BYTES);
    const stale = this.#watchForSilence();
    const repeat = setInterval(() => this.#sendAnnounced(), ANNOUNCED_INTERVAL_MS);
    const stop = (): void => void socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', () => {});
    socket.on('close', resolve);
    socket.on('connect', () => {
      this.#socket = socket;
      this.#sendAnnounced();
    });
    socket.on('data', (chunk) => {
      for (const line of lines.push(chunk)) if (this.#read(line)) stale.restart();
      if (lines.isOverlong) socket.destroy();
    });
    await promise;
    this.#socket = undefined;
    stale.stop();
    clearInterval(repeat);
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) this.#lose();
  }

  #read(line: string): boolean {
    const parsed = parseServingReport(parseJson(line));
    if (!parsed.ok) {
      this.#options.onBadLine(parsed.errors[0]?.reason ?? 'no JSON');
      return false;
    }
    const before = this.#served;
    this.#served = { kind: 'fresh', report: parsed.value };
    this.#heardAt = this.#options.clock.monotonic();
    const isSame =
      before.kind === 'fresh' &&
      before.report.sequence === parsed.value.sequence &&
      before.report.connections === parsed.value.connections;
    if (!isSame) this.#options.onChange();
    return true;
  }

  #lose(): void {
    if (this.#served.kind !== 'fresh') return;
    this.#served = { kind: 'stale' };
    this.#options.onChange();
  }

  #sendAnnounced(): void {
    if (this.#socket?.writable) this.#socket.write(encodeReport(this.#announced));
  }

  /**
   * Four missed beats are silence. When this process itself was held up, the beats may lie unread in the socket: they
   * get one turn of the event loop before the verdict.
   */
  #watchForSilence(): { readonly restart: () => void; readonly stop: () => void } {
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(timer);
      timer = undefined;
    };
    const lookAgainIn = (ms: number): void => {
      stop();
      timer = setTimeout(() => setImmediate(() => setImmediate(decide)), ms);
    };
    // Timers count from the beginning of the loop's turn: one may end before its time has passed on the clock.
    const decide = (): void => {
      if (timer === undefined) return;
      const leftMs = STALE_AFTER_MS - (this.ageMs() ?? 0);
      if (leftMs > 0) lookAgainIn(Math.ceil(leftMs));
      else this.#lose();
    };
    return { restart: () => lookAgainIn(STALE_AFTER_MS), stop };
  }
}

/** Bytes in, complete lines out. */
class LineSplitter {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isOverlong(): boolean {
    return this.#pendingBytes > this.#maxBytes;
  }

  push(chunk: Buffer): readonly string[] {
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const text = Buffer.concat([...this.#pending, chunk.subarray(0, end)]).toString('utf8');
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#keep(chunk.subarray(end + 1));
    return text.split('\n');
  }

  #keep(rest: Buffer): void {
    this.#pending.push(rest);
    this.#pendingBytes += rest.length;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The proxy's end of the serving socket. The protocol and its rule stand in api/serving-report.ts.
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  type AnnouncedReport,
  encodeReport,
  parseAnnouncedReport,
  REPORT_INTERVAL_MS,
  type ServedAddress,
} from '../../api/serving-report.ts';
import { listen } from '../../runtime/listen.ts';
import { removeStaleSocket } from '../../runtime/stale-socket.ts';
import { onLines } from './socket-lines.ts';

export interface ServingReportWriterOptions {
  readonly path: string;
  readonly node: string;
  readonly connections: () => number;
  /** Called when a speaker has spoken, and with undefined when the last one has gone. */
  readonly onAnnounced: (report: AnnouncedReport | undefined) => void;
  readonly onBadLine: (line: string) => void;
}

/** A speaker that does not read is disconnected: it would decide by old news. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const MAX_QUOTED = 200;

export class ServingReportWriter {
  readonly #options: ServingReportWriterOptions;
  readonly #speakers = new Set<Socket>();
  #addresses: readonly ServedAddress[] = [];
  #sequence = 0;

  constructor(options: ServingReportWriterOptions) {
    this.#options = options;
  }

  /**
   * Listens on the socket (mode 0660, for the speaker of the same group) until the signal aborts. A file that a dead
   * proxy has left behind is replaced; one behind which a proxy lives is EADDRINUSE.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { path } = this.#options;
    const server = createServer((socket) => this.#welcome(socket));
    await removeStaleSocket(path);
    await listen(server, { path }, signal);
    await chmod(path, 0o660);
    const beat = setInterval(() => this.#send(), REPORT_INTERVAL_MS);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(beat);
        for (const speaker of this.#speakers) speaker.destroy();
      },
      { once: true },
    );
  }

  /** What is served from now on; goes out at once when it has changed. */
  report(addresses: readonly ServedAddress[]): void {
    if (isDeepStrictEqual(addresses, this.#addresses)) return;
    this.#addresses = addresses;
    this.#sequence += 1;
    this.#send();
  }

  #send(): void {
    const { node, connections } = this.#options;
    const line = encodeReport({
      type: 'report',
      node,
      sequence: this.#sequence,
      addresses: [...this.#addresses],
      connections: connections(),
    });
    for (const speaker of this.#speakers) {
      if (speaker.writableLength > MAX_UNREAD_BYTES) speaker.destroy();
      else speaker.write(line);
    }
  }

  #welcome(socket: Socket): void {
    this.#speakers.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#speakers.delete(socket);
      if (this.#speakers.size === 0) this.#options.onAnnounced(undefined);
    });
    onLines(socket, (line) => this.#hear(line));
    this.#send();
  }

  #hear(line: string): void {
    const parsed = parseAnnouncedReport(parseJson(line));
    if (parsed.ok) this.#options.onAnnounced(parsed.value);
    else this.#options.onBadLine(line.slice(0, MAX_QUOTED));
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

import { close, open, write } from 'node:fs';

export interface AccessLogOptions {
  /** `stdout`, `none`, or the path of a file that is appended to. */
  readonly target: string;
  /** Called with the number of lines that were dropped. */
  readonly onDrop: (lines: number) => void;
  readonly onError: (error: Error) => void;
}

/** Lines wait at most this long. */
const FLUSH_MS = 250;
/** A write to a pipe of up to 4096 bytes is never mixed with another worker's (pipe(7), PIPE_BUF). */
const PIPE_CHUNK = 4096;
const FILE_CHUNK = 65_536;
/** With more than this waiting, the reader is too slow and lines are dropped: traffic never waits for the log. */
const MAX_WAITING_CHARS = 4 * 1024 * 1024;
const RETRY_MS = 20;
/** At the end, a reader that has stopped is waited for no longer. */
const END_MS = 1000;
const STDOUT = 1;

/** Writes lines in batches from the thread pool, so that a slow disk or reader never stops the event loop. */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #chunkChars: number;
  #fd: number | undefined;
  #isOff: boolean;
  /** Opened anew, to be used from the next write on. */
  #nextFd: number | undefined;
  #waiting: string[] = [];
  #waitingChars = 0;
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  #opened = Promise.resolve();
  #idle = Promise.withResolvers<void>();

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#isOff = options.target === 'none';
    this.#idle.resolve();
    this.#chunkChars = options.target === 'stdout' ? PIPE_CHUNK : FILE_CHUNK;
    if (options.target === 'stdout') this.#fd = STDOUT;
    else this.reopen();
  }

  /** Takes a line that ends in a newline. Never blocks, never throws. */
  write(line: string): void {
    if (this.#isOff) return;
    if (this.#waitingChars + line.length > MAX_WAITING_CHARS) return this.#options.onDrop(1);
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#waitingChars >= this.#chunkChars) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  /** Opens the file by its name again, after it was renamed away (log rotation). No line is lost or split. */
  reopen(): void {
    const { target, onError } = this.#options;
    if (target === 'none' || target === 'stdout') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    open(target, 'a', 0o640, (error, fd) => {
      resolve();
      if (error) {
        this.#isOff = this.#fd === undefined;
        return onError(error);
      }
      this.#isOff = false;
      if (this.#nextFd !== undefined) close(this.#nextFd);
      this.#nextFd = fd;
      this.#flush();
    });
  }

  /** Is a write under way? After `end`: one that does not come back. */
  get isStuck(): boolean {
    return this.#isWriting;
  }

  /** Writes what waits and resolves when that is done, or when nobody takes it. */
  async end(): Promise<void> {
    await this.#opened;
    this.#flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, END_MS);
    await Promise.race([this.#idle.promise, promise]);
    clearTimeout(timer);
    this.#isOff = true;
    if (!this.#isWriting && this.#fd !== undefined && this.#fd !== STDOUT) close(this.#fd);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#idle = Promise.withResolvers();
    this.#writeNext();
  }

  #writeNext(): void {
    this.#useNextFile();
    if (this.#fd !== undefined && this.#waiting.length > 0) return this.#writeOut(this.#fd, this.#takeChunk());
    this.#isWriting = false;
    this.#idle.resolve();
  }

  /** Between two writes: closing a file under a write would send it who knows where. */
  #useNextFile(): void {
    if (this.#nextFd === undefined) return;
    if (this.#fd !== undefined) close(this.#fd);
    this.#fd = this.#nextFd;
    this.#nextFd = undefined;
  }

  /** Whole lines, as many as one write may hold, at least one. */
  #takeChunk(): Buffer {
    let chunk = '';
    let lines = 0;
    for (const line of this.#waiting) {
      if (lines > 0 && chunk.length + line.length > this.#chunkChars) break;
      chunk += line;
      lines += 1;
    }
    this.#waiting = this.#waiting.slice(lines);
    this.#waitingChars -= chunk.length;
    return Buffer.from(chunk);
  }

  #writeOut(fd: number, chunk: Buffer): void {
    write(fd, chunk, 0, chunk.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') return void setTimeout(() => this.#writeOut(fd, chunk), RETRY_MS);
      if (error) this.#options.onError(error);
      else if (written < chunk.length) return this.#writeOut(fd, chunk.subarray(written));
      this.#writeNext();
    });
  }
}

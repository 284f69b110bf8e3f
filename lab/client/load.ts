// Starts the lab's client in its namespace and collects what it tells.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inNamespace } from '../network/build.ts';
import { namespaceOf } from '../plan/names.ts';
import type { ClientOptions, RequestReport } from './request.ts';

export class Load {
  readonly #child: ChildProcess;
  readonly #reports: RequestReport[] = [];
  readonly #listeners = new Set<(report: RequestReport) => void>();
  readonly #ended: Promise<unknown>;

  /** Starts asking at once. */
  constructor(lab: string, options: ClientOptions) {
    const script = join(import.meta.dirname, import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js');
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, JSON.stringify(options)];
    const [file = '', ...args] = inNamespace(namespaceOf(lab, 'client'), node);
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.#take(JSON.parse(line) as RequestReport));
    this.#child = child;
    this.#ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  }

  /** All reports so far. */
  get reports(): readonly RequestReport[] {
    return this.#reports;
  }

  /** Resolves with the first report from now on that satisfies `matches`. Rejects when the signal aborts. */
  next(matches: (report: RequestReport) => boolean, signal: AbortSignal): Promise<RequestReport> {
    return new Promise((resolve, reject) => {
      const listener = (report: RequestReport): void => {
        if (!matches(report)) return;
        this.#listeners.delete(listener);
        resolve(report);
      };
      this.#listeners.add(listener);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** Resolves after so many more answers. Rejects when the signal aborts. */
  async answers(count: number, signal: AbortSignal): Promise<void> {
    let seen = 0;
    await this.next(() => ++seen === count, signal);
  }

  /** Resolves with all reports when the client has sent everything and was answered. */
  async finished(): Promise<readonly RequestReport[]> {
    await this.#ended;
    return this.#reports;
  }

  /** Sends no more, waits for the answers that are due, and returns all reports. */
  async stop(): Promise<readonly RequestReport[]> {
    this.#child.stdin?.end();
    return this.finished();
  }

  #take(report: RequestReport): void {
    this.#reports.push(report);
    for (const listener of this.#listeners) listener(report);
  }
}

// One worker process as the fleet sees it: what it has acknowledged, what it could not open, what it has counted.
import { type ChildProcess, fork } from 'node:child_process';
import type { SocketKey } from '../plan/listeners.ts';
import type { Series } from '../traffic/counters.ts';
import type { ListenFailure, SupervisorMessage, WorkerMessage } from '../traffic/messages.ts';

export interface WorkerProcessOptions {
  readonly path: string;
  readonly onChange: () => void;
  readonly onLog: (message: string) => void;
  readonly onExit: (how: string) => void;
}

export class WorkerProcess {
  readonly startedAt = performance.now();
  readonly series: Series[] = [];
  values: Float64Array = new Float64Array(0);
  connections = 0;
  /** Everything up to this message is in force. */
  acknowledged = 0;
  /** The last message that it was sent. */
  sent = 0;
  /** It counts as ready when it has acknowledged this. */
  readyAt = Number.POSITIVE_INFINITY;
  /** Checks without a word from it since the last one. */
  silentChecks = 0;
  failures: ReadonlyMap<SocketKey, ListenFailure> = new Map();
  readonly #child: ChildProcess;
  readonly #options: WorkerProcessOptions;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#child = fork(options.path, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    this.#child.on('message', (message) => this.#take(message as WorkerMessage));
    this.#child.on('error', (error) => {
      options.onLog(error.message);
      // A process that could not be made does not exit either.
      if (this.#child.pid === undefined) options.onExit('not started');
    });
    this.#child.once('exit', (code, signal) => options.onExit(signal ?? `exit code ${code}`));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isReady(): boolean {
    return this.acknowledged >= this.readyAt;
  }

  /** Is all in force that it was told? */
  get isSettled(): boolean {
    return this.acknowledged >= this.sent;
  }

  send(message: SupervisorMessage): void {
    this.sent = message.sequence;
    // Fails only when the worker has gone, which 'exit' says too.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #take(message: WorkerMessage): void {
    this.silentChecks = 0;
    switch (message.kind) {
      case 'ack':
        this.acknowledged = message.sequence;
        this.failures = new Map(message.failures.map((failure) => [failure.socket, failure]));
        return this.#options.onChange();
      case 'counters':
        this.series.push(...message.added);
        this.values = message.values;
        this.connections = message.connections;
        return;
      case 'log':
        return this.#options.onLog(message.message);
      default:
        return message satisfies never;
    }
  }
}

// One Pod as a process in its own network namespace.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { READY_LINE } from '../echo/identity.ts';
import { buildPodNetwork, inNamespace, removeNamespace } from '../network/build.ts';
import type { PodWiring } from '../plan/network-script.ts';
import { signalProcess } from '../supervise/process-group.ts';

export interface PodProcessOptions {
  readonly wiring: PodWiring;
  readonly env: NodeJS.ProcessEnv;
  /** Its standard error goes there. */
  readonly logFile: string;
}

export class PodProcess {
  readonly wiring: PodWiring;
  readonly #options: PodProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: PodProcessOptions) {
    this.#options = options;
    this.wiring = options.wiring;
  }

  /** Makes the namespace. Once, before the first start. */
  async build(): Promise<void> {
    await buildPodNetwork(this.wiring);
  }

  /** Starts the process and resolves when it listens on all ports; rejects when it ends before. */
  async start(): Promise<void> {
    const log = await open(this.#options.logFile, 'a');
    try {
      this.#child = this.#spawn(log);
    } finally {
      await log.close();
    }
    await untilReady(this.#child);
  }

  /** Resolves when the process ends. */
  async ended(): Promise<void> {
    if (this.#child !== undefined && this.#isRunning()) await once(this.#child, 'exit');
  }

  /** SIGTERM, and SIGKILL after the grace time; then the namespace goes. Resolves when nothing is left. */
  async stop(graceMs: number): Promise<void> {
    const pid = this.#child?.pid;
    if (pid !== undefined && this.#isRunning()) {
      signalProcess(pid, graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => signalProcess(pid, 'SIGKILL'), graceMs);
      await this.ended();
      clearTimeout(timer);
    }
    await removeNamespace(this.wiring.namespace);
  }

  #isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  #spawn(log: FileHandle): ChildProcess {
    const script = join(import.meta.dirname, '../echo', import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js');
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', script];
    const [file = '', ...args] = inNamespace(this.wiring.namespace, node);
    return spawn(file, args, { cwd: '/', env: this.#options.env, detached: true, stdio: ['ignore', 'pipe', log.fd] });
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) throw new Error('bug: the standard output of a pod is no pipe');
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes(READY_LINE)) return;
  }
  throw new Error(`the process of the pod ended with code ${child.exitCode} before it listened`);
}

// One unit under supervision: the part of systemd.service(5) that our units use.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { sleep } from '../../runtime/sleep.ts';
import { LabError } from '../nodes/node-runtime.ts';
import type { CommandLine, UnitFile } from '../plan/unit-file.ts';
import { isRestarted, type UnitResult, type UnitState, type UnitStatus } from '../plan/unit-state.ts';
import { groupMembers, signalProcess, untilGone } from './process-group.ts';
import type { UnitHost } from './unit-host.ts';
import { Watchdog } from './watchdog.ts';

export class SupervisedUnit {
  readonly #unit: UnitFile;
  readonly #host: UnitHost;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #state: UnitState = 'inactive';
  #pid: number | undefined;
  #restarts = 0;
  #text = '';
  #result: UnitResult | undefined;

  constructor(unit: UnitFile, host: UnitHost) {
    this.#unit = unit;
    this.#host = host;
  }

  get status(): UnitStatus {
    return {
      node: this.#host.node,
      unit: this.#unit.name,
      state: this.#state,
      pid: this.#pid,
      restarts: this.#restarts,
      text: this.#text,
      result: this.#result,
    };
  }

  /** Starts it and resolves when it is ready; rejects with LabError when it ends or stays silent before that. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'inactive' && this.#state !== 'failed') return;
    this.#stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    this.#running = this.#supervise(ready, this.#stop.signal);
    const given = Promise.withResolvers<never>();
    const onAbort = (): void => given.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([ready.promise, given.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Stops it and resolves when no process of it is left. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  /** Sends a signal to its main process, as `systemctl kill --kill-whom=main` does. */
  kill(signalName: NodeJS.Signals): void {
    if (this.#pid !== undefined) signalProcess(this.#pid, signalName);
  }

  async #supervise(ready: PromiseWithResolvers<void>, stop: AbortSignal): Promise<void> {
    for (;;) {
      const result = await this.#runOnce(ready.resolve, stop);
      this.#result = result;
      if (stop.aborted) break;
      // Restart= also holds during start-up, but who waits for readiness shall hear of the first failure.
      ready.reject(this.#failure(result));
      if (!isRestarted(this.#unit, result)) break;
      await this.#setState('restarting');
      await sleep(this.#unit.restartMs, stop).catch(() => {});
      if (stop.aborted) break;
      this.#restarts += 1;
    }
    await this.#setState(this.#result === 'success' || stop.aborted ? 'inactive' : 'failed');
    ready.reject(this.#failure(this.#result ?? 'success'));
  }

  async #runOnce(onReady: () => void, stop: AbortSignal): Promise<UnitResult> {
    await this.#setState('starting');
    this.#text = '';
    await this.#host.makeFolders(this.#unit);
    for (const command of this.#unit.execStartPre) {
      if (!(await this.#runHelper(command))) return 'exit-code';
    }
    const result = await this.#runMain(onReady, stop);
    for (const command of this.#unit.execStopPost) await this.#runHelper(command);
    await this.#host.removeFolders(this.#unit);
    return result;
  }

  async #runMain(onReady: () => void, stop: AbortSignal): Promise<UnitResult> {
    let forced: UnitResult | undefined;
    const abortMain = (result: UnitResult): void => {
      forced ??= result;
      this.kill(result === 'watchdog' ? 'SIGABRT' : 'SIGTERM');
    };
    using watchdog = new Watchdog(this.#unit.watchdogMs, () => abortMain('watchdog'));
    using startLimit = new Watchdog(this.#unit.startTimeoutMs, () => abortMain('timeout'));
    const becomeReady = (): void => {
      if (this.#state !== 'starting') return;
      startLimit[Symbol.dispose]();
      watchdog.feed();
      void this.#setState('active').then(onReady);
    };
    await using _ = await this.#host.openNotify(this.#unit.name, (assignments) => {
      this.#text = assignments.get('STATUS') ?? this.#text;
      if (assignments.get('WATCHDOG') === '1') watchdog.feed();
      if (assignments.get('WATCHDOG') === 'trigger') abortMain('watchdog');
      if (assignments.get('READY') === '1') becomeReady();
    });
    startLimit.feed();
    const { child, exited } = await this.#spawn(this.#unit.execStart, { watched: true });
    this.#pid = child.pid;
    if (this.#unit.type === 'simple') becomeReady();
    const end = await Promise.race([exited, abortion(stop)]);
    // At once: connections of a process whose parent died must end before routers send them elsewhere.
    const ended = this.#endGroup(child, end === undefined);
    await this.#setState('stopping');
    await ended;
    this.#pid = undefined;
    const result = end ?? (await exited);
    await this.#host.note(this.#unit.name, `main process ended: ${forced ?? result}`);
    return forced ?? result;
  }

  /** KillMode= and TimeoutStopSec=. With `isAsked` the main process is told as well, else it is dead already. */
  async #endGroup({ pid }: ChildProcess, isAsked: boolean): Promise<void> {
    if (pid === undefined) return;
    const { killMode, killSignal, stopTimeoutMs } = this.#unit;
    const never = new AbortController().signal;
    const members = (): Promise<readonly number[]> => groupMembers(pid);
    const isMain = async (): Promise<readonly number[]> => (await members()).filter((member) => member === pid);
    if (killMode === 'control-group') signalProcess(-pid, killSignal as NodeJS.Signals);
    else if (isAsked) signalProcess(pid, killSignal as NodeJS.Signals);
    await untilGone(killMode === 'control-group' ? members : isMain, stopTimeoutMs, never);
    if (killMode === 'process') return;
    signalProcess(-pid, 'SIGKILL');
    await untilGone(members, stopTimeoutMs, never);
  }

  async #runHelper(command: CommandLine): Promise<boolean> {
    const { exited } = await this.#spawn(command, { watched: false });
    const result = await exited;
    return result === 'success' || command.mayFail;
  }

  async #spawn(command: CommandLine, { watched }: { readonly watched: boolean }): Promise<Spawned> {
    const { argv, env, log } = await this.#host.launch(this.#unit, command, { watched });
    const [file = '', ...args] = argv;
    try {
      // A session of its own: the whole group can be signalled, and a terminal's Ctrl-C does not reach it.
      const child = spawn(file, args, { env, detached: true, stdio: ['ignore', log.fd, log.fd] });
      // Listened for from the start: a short command ends while we are still busy with its log.
      const exited = exitOf(child);
      await once(child, 'spawn');
      return { child, exited };
    } finally {
      await log.close();
    }
  }

  async #setState(state: UnitState): Promise<void> {
    this.#state = state;
    await this.#host.markActive(this.#unit.name, state === 'active' ? this.#pid : undefined);
  }

  #failure(result: UnitResult): LabError {
    const { node, logFile } = this.#host;
    return new LabError('UNIT_FAILED', `${this.#unit.name} on ${node} did not become ready (${result})`, {
      logFile: logFile(this.#unit.name),
    });
  }
}

interface Spawned {
  readonly child: ChildProcess;
  readonly exited: Promise<UnitResult>;
}

function exitOf(child: ChildProcess): Promise<UnitResult> {
  return new Promise((resolve) => {
    child.once('exit', (code, signalName) => {
      // 128 + n is a shell's way to tell of a signal.
      const clean = code === 0 || signalName === 'SIGTERM' || code === 128 + constants.signals.SIGTERM;
      resolve(clean ? 'success' : signalName === null ? 'exit-code' : 'signal');
    });
  });
}

function abortion(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

// Where a supervised unit lives: a plain node, its folders, its logs, and how a command is started in it.
import { appendFile, type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { enterCommand, hostPath } from '../nodes/enter.ts';
import { type CommandLine, expandCommand, parseEnvironment, type UnitFile } from '../plan/unit-file.ts';
import { logFile, productFolder } from '../state.ts';
import type { NotificationListener, NotifySockets } from './notify-sockets.ts';

export interface Launch {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Standard output and error; the caller closes it. */
  readonly log: FileHandle;
}

export interface UnitHostOptions {
  readonly lab: string;
  readonly node: string;
  readonly notify: NotifySockets;
}

/** Folder (as the node sees it) with one file per active unit, its main pid: what the node's own `systemctl` looks at. */
const ACTIVE_UNITS = '/run/lab-units';
const NOTIFY_FOLDER = '/run/lab-notify';

export class UnitHost {
  readonly lab: string;
  readonly node: string;
  readonly #notify: NotifySockets;

  constructor({ lab, node, notify }: UnitHostOptions) {
    this.lab = lab;
    this.node = node;
    this.#notify = notify;
  }

  readonly logFile = (unit: string): string => logFile(this.lab, this.node, unit);

  /** RuntimeDirectory= and StateDirectory=. */
  async makeFolders(unit: UnitFile): Promise<void> {
    const folders = [
      ...unit.runtimeDirectories.map((name) => join('/run', name)),
      ...unit.stateDirectories.map((name) => join('/var/lib', name)),
      ACTIVE_UNITS,
      NOTIFY_FOLDER,
    ];
    await Promise.all(folders.map((folder) => mkdir(this.#path(folder), { recursive: true })));
  }

  /** RuntimeDirectoryPreserve=no: what a unit left in /run goes with it. */
  async removeFolders(unit: UnitFile): Promise<void> {
    const folders = unit.runtimeDirectories.map((name) => this.#path(join('/run', name)));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  openNotify(unit: string, listener: NotificationListener): Promise<AsyncDisposable> {
    return this.#notify.open(this.#path(join(NOTIFY_FOLDER, unit)), listener);
  }

  /** Notes the main process of an active unit; undefined: it is not active. */
  async markActive(unit: string, pid: number | undefined): Promise<void> {
    const file = this.#path(join(ACTIVE_UNITS, `${unit}.service`));
    if (pid === undefined) return rm(file, { force: true });
    await writeFile(file, `${pid}\n`);
  }

  /** A line of the supervisor itself in the unit's log. */
  async note(unit: string, text: string): Promise<void> {
    await appendFile(this.logFile(unit), `-- lab: ${text}\n`);
  }

  /** How a command of the unit is to be spawned. `watched`: it is the main process, which talks to the supervisor. */
  async launch(unit: UnitFile, command: CommandLine, { watched }: { readonly watched: boolean }): Promise<Launch> {
    const own = await this.#environment(unit);
    const argv = expandCommand(command.argv, { host: this.node, unit: unit.name }, own).map(inCheckout);
    return {
      argv: enterCommand(this.lab, this.node, argv),
      env: { ...baseEnvironment(), ...own, ...(watched ? watchedEnvironment(unit) : {}) },
      log: await open(this.logFile(unit.name), 'a'),
    };
  }

  async #environment(unit: UnitFile): Promise<Readonly<Record<string, string>>> {
    const files = await Promise.all(
      unit.environmentFiles.map(async ({ path, optional }) => {
        const text = readFile(this.#path(path), 'utf8');
        return parseEnvironment(await (optional ? text.catch(() => '') : text));
      }),
    );
    return Object.assign({ ...unit.environment }, ...files);
  }

  #path(path: string): string {
    return hostPath(this.lab, this.node, path);
  }
}

/** A lab runs the checkout it was started from, where the units name what the package installs. */
function inCheckout(word: string): string {
  const product = productFolder();
  if (word === '/usr/bin/fairlead') return join(product, 'bin/fairlead');
  return word.startsWith('/usr/lib/fairlead/') ? join(product, word.slice('/usr/lib/fairlead/'.length)) : word;
}

/** Nothing of the caller's environment leaks into a unit. The first folder of PATH has the node's `systemctl`. */
function baseEnvironment(): NodeJS.ProcessEnv {
  const path = [join(productFolder(), 'lab/nodes/bin'), '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
  return { PATH: [...path, '/sbin', '/bin'].join(delimiter), LANG: 'C.UTF-8', HOME: '/root' };
}

function watchedEnvironment(unit: UnitFile): NodeJS.ProcessEnv {
  return {
    NOTIFY_SOCKET: join(NOTIFY_FOLDER, unit.name),
    ...(unit.watchdogMs === undefined ? {} : { WATCHDOG_USEC: String(unit.watchdogMs * 1000) }),
  };
}

// A node that is a plain namespace: the units' own command lines under the lab's small supervisor.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatFieldErrors } from '../../api/parsed.ts';
import { namespaceOf } from '../plan/names.ts';
import { parseUnitFile, type UnitFile } from '../plan/unit-file.ts';
import type { UnitStatus } from '../plan/unit-state.ts';
import { productFolder } from '../state.ts';
import type { NotifySockets } from '../supervise/notify-sockets.ts';
import { namespaceMembers, signalProcess, untilGone } from '../supervise/process-group.ts';
import { SupervisedUnit } from '../supervise/supervised-unit.ts';
import { UnitHost } from '../supervise/unit-host.ts';
import { enterCommand, makeNodeFolders } from './enter.ts';
import { LabError, type NodeRuntime } from './node-runtime.ts';

const KILL_TIMEOUT_MS = 5000;

export interface PlainNodeOptions {
  readonly lab: string;
  readonly node: string;
  readonly notify: NotifySockets;
}

export class PlainNode implements NodeRuntime {
  readonly node: string;
  readonly #lab: string;
  readonly #host: UnitHost;
  readonly #units = new Map<string, SupervisedUnit>();

  constructor(options: PlainNodeOptions) {
    this.node = options.node;
    this.#lab = options.lab;
    this.#host = new UnitHost(options);
  }

  async boot(): Promise<void> {
    await makeNodeFolders(this.#lab, this.node);
  }

  async startUnit(name: string, signal: AbortSignal): Promise<void> {
    const unit = this.#units.get(name) ?? this.add(await readUnit(name));
    await unit.start(signal);
  }

  /** Registers a unit that no file describes (the router's daemons). */
  add(unit: UnitFile): SupervisedUnit {
    const supervised = new SupervisedUnit(unit, this.#host);
    this.#units.set(unit.name, supervised);
    return supervised;
  }

  async stopUnit(name: string): Promise<void> {
    await this.#units.get(name)?.stop();
  }

  async units(): Promise<readonly UnitStatus[]> {
    return [...this.#units.values()].map(({ status }) => status);
  }

  exec(argv: readonly string[]): readonly string[] {
    return enterCommand(this.#lab, this.node, argv);
  }

  /** Kills whatever runs in the node, whoever started it. */
  async down(signal: AbortSignal): Promise<void> {
    const members = (): Promise<readonly number[]> => namespaceMembers([namespaceOf(this.#lab, this.node)]);
    for (const pid of await members()) signalProcess(pid, 'SIGKILL');
    await untilGone(members, KILL_TIMEOUT_MS, signal);
  }
}

async function readUnit(name: string): Promise<UnitFile> {
  const file = join(productFolder(), 'systemd', `${name}.service`);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LabError('NO_SUCH_UNIT', `there is no unit ${name}`, { cause });
  });
  const unit = parseUnitFile(name, text);
  if (!unit.ok) throw new LabError('BAD_UNIT', `${file}: ${formatFieldErrors(unit.errors)}`);
  return unit.value;
}

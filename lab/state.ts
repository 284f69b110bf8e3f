// Where a lab keeps its files. All of them lie under one folder, which `lab down` removes.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabShape } from './plan/topology.ts';

/** The folder of all labs of this machine. */
export const LABS_FOLDER = '/run/fairlead-lab';

/** The checkout (or installation) that this lab was started from, whether it runs sources or what was built of them. */
export function productFolder(): string {
  const folder = dirname(dirname(fileURLToPath(import.meta.url)));
  return basename(folder) === 'dist' ? dirname(folder) : folder;
}

export interface LabPaths {
  readonly state: string;
  /** The shape, as JSON: what `lab status` and `lab exec` know of a lab. */
  readonly shape: string;
  readonly control: string;
  readonly daemonPid: string;
  readonly logs: string;
  readonly kubeconfig: string;
  readonly apiSocket: string;
}

export function pathsOf(lab: string): LabPaths {
  const state = join(LABS_FOLDER, lab);
  return {
    state,
    shape: join(state, 'lab.json'),
    control: join(state, 'lab.sock'),
    daemonPid: join(state, 'lab.pid'),
    logs: join(state, 'logs'),
    kubeconfig: join(state, 'kubeconfig'),
    apiSocket: join(state, 'apiserver.sock'),
  };
}

/** The folder that a node sees as its own `/run`, `/etc/fairlead` and `/var/lib/fairlead`. */
export function nodeFolder(lab: string, node: string): string {
  return join(pathsOf(lab).state, 'nodes', node);
}

/** The log of one unit of one node. */
export function logFile(lab: string, node: string, unit: string): string {
  return join(pathsOf(lab).logs, `${node}-${unit}.log`);
}

/** How LB nodes are made. */
export type NodesKind = 'plain' | 'systemd';
export type LabRecord = LabShape & { readonly nodes: NodesKind };

export async function writeLabRecord(record: LabRecord): Promise<void> {
  const { state, shape, logs } = pathsOf(record.name);
  await mkdir(state, { recursive: true, mode: 0o755 });
  await mkdir(logs, { recursive: true });
  // Whole or not at all: `lab down` reads it also after a crash in the middle of this.
  await writeFile(`${shape}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${shape}.new`, shape);
}

/** What was asked for when the lab was made; undefined when there is no such lab, or its making was cut short. */
export async function readLabRecord(lab: string): Promise<LabRecord | undefined> {
  const text = await readFile(pathsOf(lab).shape, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabRecord);
}

/** The names of all labs that left a folder. */
export async function labNames(): Promise<readonly string[]> {
  const entries = await readdir(LABS_FOLDER, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

// `fairlead lab exec` and `lab logs`.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { CommandError, type Terminal } from '../../cli/terminal.ts';
import { inNamespace } from '../network/build.ts';
import { run } from '../network/children.ts';
import { createNode } from '../nodes/create.ts';
import { enterCommand } from '../nodes/enter.ts';
import { namespaceOf } from '../plan/names.ts';
import { planTopology } from '../plan/topology.ts';
import { type LabRecord, logFile, readLabRecord } from '../state.ts';
import { NotifySockets } from '../supervise/notify-sockets.ts';
import { requireRoot } from './require-tools.ts';

/** Runs a command in a node with the caller's own standard streams; returns its exit code (128 + n for a signal). */
export async function exec(lab: string, node: string, argv: readonly string[]): Promise<number> {
  requireRoot();
  const [file = '', ...args] = await commandIn(lab, node, argv[0] === '--' ? argv.slice(1) : argv);
  const child = spawn(file, args, { stdio: 'inherit' });
  // Ctrl-C is for the command, which has it from the terminal as well.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** The command that runs `argv` in a node of an existing lab. */
export async function commandIn(lab: string, node: string, argv: readonly string[]): Promise<readonly string[]> {
  const record = await existing(lab);
  const plan = planTopology(record).nodes.find((candidate) => candidate.node === node);
  if (plan === undefined) {
    // A pod, by the number of its namespace.
    if (/^p-\d+$/.test(node)) return inNamespace(namespaceOf(lab, node), argv);
    throw new CommandError(`lab ${lab} has no node ${node}`);
  }
  switch (plan.role) {
    case 'router':
    case 'api':
      return enterCommand(lab, node, argv);
    case 'lb':
      return createNode(record, { node, notify: new NotifySockets() }).exec(argv);
    case 'client':
    case 'switch':
    case 'worker':
      return inNamespace(plan.namespace, argv);
    default:
      return plan.role satisfies never;
  }
}

/** Prints the log of a unit. */
export async function logs(
  lab: string,
  { node, unit }: { node: string; unit: string },
  terminal: Terminal,
): Promise<void> {
  const record = await existing(lab);
  const name = unit.replace(/\.service$/, '');
  // A node with a systemd of its own keeps its logs itself, under the full names of the units.
  if (record.nodes === 'systemd' && /^lb\d+$/.test(node)) {
    const full = name.startsWith('fairlead-') ? name : `fairlead-${name}`;
    const journal = await commandIn(lab, node, ['journalctl', '--no-pager', '--output=cat', `--unit=${full}`]);
    return terminal.out(await run(journal));
  }
  for (const candidate of [name, `fairlead-${name}`]) {
    const text = await readFile(logFile(lab, node, candidate), 'utf8').catch(() => undefined);
    if (text !== undefined) return terminal.out(text);
  }
  throw new CommandError(`${node} has no log of ${unit}; see: fairlead lab status --name ${lab}`);
}

async function existing(lab: string): Promise<LabRecord> {
  const record = await readLabRecord(lab);
  if (record === undefined) throw new CommandError(`there is no lab ${lab}`);
  return record;
}

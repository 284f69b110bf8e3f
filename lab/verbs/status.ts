// `fairlead lab status` and `lab list`.
import { formatTable } from '../../cli/table.ts';
import { CommandError, type Terminal } from '../../cli/terminal.ts';
import { type LabStatus, labStatus } from '../daemon/control.ts';
import { planTopology } from '../plan/topology.ts';
import { labNames, readLabRecord } from '../state.ts';
import { daemonOf, isThere } from '../sweep.ts';

/** Prints the nodes and units of a lab. Exit code 1 when it is not up. */
export async function status(lab: string, terminal: Terminal): Promise<void> {
  if (!(await isThere(lab)))
    throw new CommandError(`there is no lab ${lab}; make one with: fairlead lab up --name ${lab}`);
  if ((await daemonOf(lab)) === undefined) {
    throw new CommandError(
      `the daemon of lab ${lab} is dead; remove what is left with: fairlead lab down --name ${lab}`,
    );
  }
  terminal.out(formatStatus(await labStatus(lab)));
}

/** Prints one line for each lab of this machine. */
export async function list(terminal: Terminal): Promise<void> {
  const names = await labNames();
  const rows = await Promise.all(
    names.map(async (name) => {
      const record = await readLabRecord(name);
      const state = (await daemonOf(name)) === undefined ? 'dead' : 'up';
      return [name, state, String(record?.lbNodes ?? '?'), String(record?.workers ?? '?'), record?.router ?? '?'];
    }),
  );
  if (rows.length === 0) terminal.error('There is no lab.');
  else terminal.out(formatTable(['name', 'state', 'lb nodes', 'workers', 'router'], rows));
}

function formatStatus({ record, units }: LabStatus): string {
  const nodes = planTopology(record).nodes.map(({ node, namespace, address }) => [node, namespace, address ?? '-']);
  const rows = units.map((unit) => [
    unit.node,
    unit.unit,
    unit.state,
    unit.pid === undefined ? '-' : String(unit.pid),
    String(unit.restarts),
    unit.text,
  ]);
  const unitTable = formatTable(['node', 'unit', 'state', 'pid', 'restarts', 'says'], rows);
  return `${formatTable(['node', 'namespace', 'address'], nodes)}\n${unitTable}`;
}

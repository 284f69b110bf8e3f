import { readFile } from 'node:fs/promises';
import { labStatus } from '../../lab/daemon/control.ts';
import { run } from '../../lab/network/children.ts';
import { type BenchRow, rowOf } from '../row.ts';

/** Memory of each of our units with all its processes: proportional set size (shared pages by their share), in MB. */
export async function measureMemory(lab: string): Promise<readonly BenchRow[]> {
  const { units } = await labStatus(lab);
  const measured = await Promise.all(
    units
      .filter(({ unit, pid }) => unit.startsWith('fairlead-') && pid !== undefined)
      .map(async ({ unit, pid = 0 }) => ({ unit, megabytes: await memoryOf(pid) })),
  );
  return [...new Set(measured.map(({ unit }) => unit))].toSorted().map((unit) => {
    const samples = measured.filter((each) => each.unit === unit).map(({ megabytes }) => megabytes);
    return rowOf({ what: `memory of ${unit}`, unit: 'MB', samples, reach: undefined });
  });
}

async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const own = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
  const children = await run(['pgrep', '-P', String(pid)]).catch(() => '');
  const theirs = await Promise.all(
    children
      .split('\n')
      .filter((line) => line !== '')
      .map((child) => memoryOf(Number(child))),
  );
  return theirs.reduce((sum, megabytes) => sum + megabytes, own);
}

// All processes that a unit or a lab has: found in /proc, signalled, and waited for.
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { sleep } from '../../runtime/sleep.ts';

const POLL_MS = 10;

/** The live processes of a process group (zombies have no life to end and may never be reaped here). */
export async function groupMembers(group: number): Promise<readonly number[]> {
  return filterProcesses(async (pid) => {
    const fields = await readStat(pid);
    return fields !== undefined && fields.group === group && fields.state !== 'Z';
  });
}

/** The live processes in any of these network namespaces, given by name. */
export async function namespaceMembers(namespaces: readonly string[]): Promise<readonly number[]> {
  const handles = await Promise.all(
    namespaces.map((name) =>
      stat(`/run/netns/${name}`).then(
        ({ ino }) => `net:[${ino}]`,
        () => undefined,
      ),
    ),
  );
  return filterProcesses(async (pid) => {
    const link = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
    return link !== undefined && handles.includes(link);
  });
}

/** When a process began, in kernel ticks; with the pid it names a process for ever. Undefined when it is gone. */
export async function processStart(pid: number): Promise<string | undefined> {
  const fields = await readStat(pid);
  return fields === undefined || fields.state === 'Z' ? undefined : fields.start;
}

/** Sends a signal to a process, or to the group of a negative number; one that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(Error.isError(error) && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Polls until `members` finds nobody, or the time is over; returns who is left. */
export async function untilGone(
  members: () => Promise<readonly number[]>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = await members();
    if (left.length === 0 || performance.now() >= deadline) return left;
    await sleep(POLL_MS, signal);
  }
}

interface StatFields {
  readonly state: string;
  readonly group: number;
  readonly start: string;
}

/** proc_pid_stat(5). The command name may hold spaces and parentheses, so fields are counted from the last one. */
async function readStat(pid: number): Promise<StatFields | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), start: fields[19] ?? '' };
}

async function filterProcesses(matches: (pid: number) => Promise<boolean>): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const wanted = await Promise.all(pids.map(matches));
  return pids.filter((_, i) => wanted[i]);
}

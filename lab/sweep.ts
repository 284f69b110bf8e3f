// Takes everything of a lab away: processes, namespaces, files. It works from names alone, so it is the same after a
// crash, in the middle of `up`, and for a healthy lab.
import { mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namespacesOf, removeNamespace } from './network/build.ts';
import { createNode } from './nodes/create.ts';
import { CONFIGURATION_FOLDER } from './nodes/enter.ts';
import { planTopology } from './plan/topology.ts';
import { LABS_FOLDER, labNames, pathsOf, readLabRecord } from './state.ts';
import { NotifySockets } from './supervise/notify-sockets.ts';
import { namespaceMembers, processStart, signalProcess, untilGone } from './supervise/process-group.ts';

const KILL_TIMEOUT_MS = 5000;
/** Present while the mount point on the machine is there because of labs. */
const MOUNT_POINT_NOTE = join(LABS_FOLDER, '.made-mount-point');

/** Notes which process is the daemon of a lab: its pid and when it began. */
export async function writeDaemonPid(lab: string, pid: number): Promise<void> {
  await writeFile(pathsOf(lab).daemonPid, `${pid} ${(await processStart(pid)) ?? ''}\n`);
}

/** The daemon of a lab, when it lives. A pid that was given to another process since does not count. */
export async function daemonOf(lab: string): Promise<number | undefined> {
  const text = await readFile(pathsOf(lab).daemonPid, 'utf8').catch(() => '');
  const [pid, start] = text.trim().split(' ');
  if (pid === undefined || start === undefined) return undefined;
  return (await processStart(Number(pid))) === start ? Number(pid) : undefined;
}

/** Makes the one folder on the machine that nodes mount their configuration on; noted, to be taken away again. */
export async function makeMountPoint(): Promise<void> {
  const made = await mkdir(CONFIGURATION_FOLDER, { recursive: true });
  if (made !== undefined) await writeFile(MOUNT_POINT_NOTE, '');
}

/** Whether anything of a lab is left. */
export async function isThere(lab: string): Promise<boolean> {
  const hasState = await stat(pathsOf(lab).state).then(
    () => true,
    () => false,
  );
  return hasState || (await namespacesOf(lab)).length > 0;
}

/** Removes a lab completely. Harmless when nothing is there. */
export async function sweepLab(lab: string, signal: AbortSignal): Promise<void> {
  // The daemon first: it would start again what is killed.
  const daemon = await daemonOf(lab);
  if (daemon !== undefined) {
    signalProcess(daemon, 'SIGKILL');
    await untilGone(async () => ((await daemonOf(lab)) === undefined ? [] : [daemon]), KILL_TIMEOUT_MS, signal);
  }
  await downNodes(lab, signal);
  // Twice, because whoever was just making a namespace or a process may have finished in between.
  for (let round = 0; round < 2; round++) await removeNamespaces(lab, signal);
  await rm(pathsOf(lab).state, { recursive: true, force: true });
  await removeMountPoint();
}

async function downNodes(lab: string, signal: AbortSignal): Promise<void> {
  const record = await readLabRecord(lab);
  if (record === undefined) return;
  const notify = new NotifySockets();
  const lbNodes = planTopology(record).nodes.filter(({ role }) => role === 'lb');
  await Promise.all(lbNodes.map(({ node }) => createNode(record, { node, notify }).down(signal)));
}

async function removeNamespaces(lab: string, signal: AbortSignal): Promise<void> {
  const namespaces = await namespacesOf(lab);
  if (namespaces.length === 0) return;
  for (const pid of await namespaceMembers(namespaces)) signalProcess(pid, 'SIGKILL');
  await untilGone(() => namespaceMembers(namespaces), KILL_TIMEOUT_MS, signal);
  await Promise.all(namespaces.map(removeNamespace));
}

async function removeMountPoint(): Promise<void> {
  if ((await labNames()).length > 0) return;
  const isOurs = await stat(MOUNT_POINT_NOTE).then(
    () => true,
    () => false,
  );
  // Only when it is still empty: whatever an administrator has put there is not ours.
  if (isOurs) await rmdir(CONFIGURATION_FOLDER).catch(() => {});
  await rm(MOUNT_POINT_NOTE, { force: true });
  await rmdir(LABS_FOLDER).catch(() => {});
  // Another `lab up` may have begun meanwhile and have found the folder still there.
  if ((await labNames()).length > 0) await makeMountPoint();
}

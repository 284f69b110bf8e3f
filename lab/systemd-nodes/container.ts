// The processes of a node: nspawn on the machine's side, and the init process of the node. Both are named by files, so
// that any process can stop a node, and both are only signalled while they are in the node's control group: a pid may
// have gone to somebody else since.
import { spawn } from 'node:child_process';
import { access, open, readFile, writeFile } from 'node:fs/promises';
import { sleep } from '../../runtime/sleep.ts';
import { LabError } from '../nodes/node-runtime.ts';
import { processStart, signalProcess } from '../supervise/process-group.ts';
import { makeCgroups } from './cgroups.ts';
import { NSPAWN_ENVIRONMENT, type Nspawn, nspawnCommand } from './nspawn-command.ts';
import type { NodePaths } from './paths.ts';

const POLL_MS = 20;
const BOOT_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 60_000;

/** Starts nspawn and resolves when the systemd in it takes commands. */
export async function startContainer(
  nspawn: Omit<Nspawn, 'cgroups'>,
  paths: NodePaths,
  signal: AbortSignal,
): Promise<void> {
  const cgroups = await makeCgroups(nspawn.machine);
  const [file = '', ...args] = nspawnCommand({ ...nspawn, cgroups });
  const output = await open(paths.console, 'a');
  const child = spawn(file, args, {
    env: NSPAWN_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  child.unref();
  await output.close();
  const supervisor = child.pid;
  if (supervisor === undefined) throw bootError(nspawn, paths, 'systemd-nspawn could not be started');
  await writeFile(paths.supervisorPid, `${supervisor}\n`);
  await writeFile(paths.initPid, `${await waitForInit(supervisor, { nspawn, paths }, signal)}\n`);
}

/** Shuts the node down as `poweroff` does, and kills what is left after that. */
export async function stopContainer(machine: string, paths: NodePaths, signal: AbortSignal): Promise<void> {
  const supervisor = await ourPid(paths.supervisorPid, machine);
  const init = await ourPid(paths.initPid, machine);
  if (supervisor !== undefined) {
    signalProcess(supervisor, 'SIGTERM');
    await gone(supervisor, signal);
  }
  // A killed nspawn leaves the node alive: its init ends it.
  for (const pid of [init, supervisor]) {
    if (pid === undefined || !(await isOurs(pid, machine))) continue;
    signalProcess(pid, 'SIGKILL');
    await gone(pid, signal);
  }
}

/** A power cut: every process of the node is dead at once. */
export async function crashContainer(machine: string, paths: NodePaths, signal: AbortSignal): Promise<void> {
  const init = await ourPid(paths.initPid, machine);
  if (init !== undefined) signalProcess(init, 'SIGKILL');
  await untilContainerGone(machine, paths, signal);
}

/** Resolves when nspawn has ended, for whatever reason. */
export async function untilContainerGone(machine: string, paths: NodePaths, signal: AbortSignal): Promise<void> {
  const supervisor = await ourPid(paths.supervisorPid, machine);
  if (supervisor !== undefined) await gone(supervisor, signal);
}

async function waitForInit(
  supervisor: number,
  { nspawn, paths }: { readonly nspawn: Omit<Nspawn, 'cgroups'>; readonly paths: NodePaths },
  signal: AbortSignal,
): Promise<number> {
  const deadline = performance.now() + BOOT_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const init = await findInit(supervisor);
    if (init !== undefined) return init;
    if ((await processStart(supervisor)) === undefined) throw bootError(nspawn, paths, 'systemd-nspawn ended at once');
    await sleep(POLL_MS, signal);
  }
  throw bootError(nspawn, paths, 'systemd does not come up');
}

/** nspawn's child that is process 1 of the node, once systemd listens in it. */
async function findInit(supervisor: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').catch(() => '');
  for (const pid of text.split(' ').filter((word) => word !== '')) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const isListening = access(`/proc/${pid}/root/run/systemd/private`).then(
      () => true,
      () => false,
    );
    if (/^NSpid:\s+\d+\s+1$/m.test(status) && (await isListening)) return Number(pid);
  }
  return undefined;
}

async function ourPid(file: string, machine: string): Promise<number | undefined> {
  const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
  return pid > 0 && (await isOurs(pid, machine)) ? pid : undefined;
}

async function isOurs(pid: number, machine: string): Promise<boolean> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return groups.includes(`/${machine}/`) && (await processStart(pid)) !== undefined;
}

/** Zombies count as gone: nobody may be there to reap them. */
async function gone(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while ((await processStart(pid)) !== undefined && performance.now() < deadline) await sleep(POLL_MS, signal);
}

function bootError({ machine }: Omit<Nspawn, 'cgroups'>, paths: NodePaths, reason: string): LabError {
  return new LabError('NODE_DID_NOT_BOOT', `${machine}: ${reason}`, { logFile: paths.console });
}

// Every node gets its own control group before it boots: two nspawn containers in one group would collide in its
// `payload` subgroup.
import { access, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';

/** The node's groups: one on a pure version 2 machine, two (named systemd, and version 2) on a hybrid one. */
export async function cgroupFolders(machine: string): Promise<readonly string[]> {
  const isHybrid = await access(join(MOUNT, 'unified')).then(
    () => true,
    () => false,
  );
  return (isHybrid ? ['systemd', 'unified'] : ['.']).map((hierarchy) => join(MOUNT, hierarchy, machine));
}

export async function makeCgroups(machine: string): Promise<readonly string[]> {
  const folders = await cgroupFolders(machine);
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  return folders;
}

/** Removes the groups with all below them; they hold no process any more. */
export async function removeCgroups(machine: string): Promise<void> {
  for (const folder of await cgroupFolders(machine)) await removeGroup(folder);
}

async function removeGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  await rmdir(folder).catch(() => {});
}

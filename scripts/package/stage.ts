// Puts the files of the package together below one folder. Node.js and the npm packages are by far the most of it and
// change with the lock file only: they are kept from one run to the next.
import { chmod, copyFile, cp, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HOME, LINKS, PLACED_FILES } from './layout.ts';
import { isNeededFile, type LockFile, productionModules } from './production-modules.ts';

export interface Staging {
  readonly checkout: string;
  /** Becomes "/" of the package. */
  readonly tree: string;
  /** As in npm's package names: x64, arm64. */
  readonly arch: string;
}

/** Stages everything; a tree left by an earlier run is brought up to date. */
export async function stage(staging: Staging): Promise<void> {
  await stageModules(staging);
  await stageProduct(staging);
}

async function stageModules({ checkout, tree, arch }: Staging): Promise<void> {
  const stamp = join(dirname(tree), 'staged-lock.json');
  const lock = await readFile(join(checkout, 'package-lock.json'), 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === lock) return;
  await rm(tree, { recursive: true, force: true });
  for (const folder of productionModules(JSON.parse(lock) as LockFile)) {
    await cp(join(checkout, folder), join(tree, HOME, folder), {
      recursive: true,
      filter: async (source) => (await stat(source)).isDirectory() || isNeededFile(source),
    }).catch(ignoreMissing);
  }
  const node = join(tree, HOME, 'node');
  await mkdir(join(node, 'bin'), { recursive: true });
  const pinned = join(checkout, `node_modules/node-linux-${arch}`);
  await copyFile(join(pinned, 'bin/node'), join(node, 'bin/node'));
  await copyFile(join(pinned, 'LICENSE'), join(node, 'LICENSE'));
  await writeFile(stamp, lock);
}

async function stageProduct({ checkout, tree }: Staging): Promise<void> {
  for (const place of ['etc', 'usr/share', 'usr/bin', 'usr/lib/systemd', `${HOME}/dist`]) {
    await rm(join(tree, place), { recursive: true, force: true });
  }
  await cp(join(checkout, 'dist'), join(tree, HOME, 'dist'), { recursive: true });
  for (const { from, to, mode } of PLACED_FILES) {
    await mkdir(dirname(join(tree, to)), { recursive: true });
    await copyFile(join(checkout, from), join(tree, to));
    await chmod(join(tree, to), mode);
  }
  for (const [name, target] of Object.entries(LINKS)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await symlink(target, join(tree, name));
  }
}

/** Optional packages of other platforms are in the lock file but not on the disk. */
function ignoreMissing(error: unknown): void {
  if (!(Error.isError(error) && 'code' in error && error.code === 'ENOENT')) throw error;
}

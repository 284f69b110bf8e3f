// What is made once for all nodes that boot systemd: the tools, the Debian below them and the package on top.
import { join } from 'node:path';
import { run } from '../network/children.ts';
import { productFolder } from '../state.ts';
import { baseTree } from './base-tree.ts';

export interface NodeImage {
  /** Folder of the Debian tree. */
  readonly base: string;
  /** Path of the Debian package that is installed in each node. */
  readonly deb: string;
}

/** Installs the tools, makes the base tree and builds the package, each only if need be. */
export async function prepareNodeImage(cache: string): Promise<NodeImage> {
  const scripts = join(productFolder(), 'scripts');
  await run(['sh', join(scripts, 'setup.sh'), 'nodes']);
  const base = await baseTree(cache);
  const deb = (await run(['sh', join(scripts, 'package.sh')])).trim();
  return { base, deb };
}

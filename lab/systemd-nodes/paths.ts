// Where the files of a node that boots systemd are. Everything is found again from the names of lab and node alone, so
// that `lab down` works from another process and after a crash.
import { join } from 'node:path';
import { namespaceOf } from '../plan/names.ts';
import { nodeFolder } from '../state.ts';

export interface NodePaths {
  /** The node's root file system: an overlay over the base tree. */
  readonly root: string;
  /** Everything else of the node. On a disk, because an installed package is 200 MB. */
  readonly folder: string;
  readonly upper: string;
  readonly work: string;
  readonly console: string;
  /** Process ids, as the machine sees them. */
  readonly supervisorPid: string;
  readonly initPid: string;
}

/** Base trees and nodes; $XDG_CACHE_HOME or /var/cache. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] ?? '/var/cache', 'fairlead-lab');
}

export function nodePaths(lab: string, node: string, cache: string): NodePaths {
  const folder = join(cache, 'nodes', machineName(lab, node));
  return {
    root: nodeFolder(lab, node),
    folder,
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    console: join(folder, 'console.log'),
    supervisorPid: join(folder, 'supervisor.pid'),
    initPid: join(folder, 'init.pid'),
  };
}

/** What nspawn, the mount table and the control groups call the node; unique on the machine. */
export function machineName(lab: string, node: string): string {
  return `fairlead-lab-${namespaceOf(lab, node)}`;
}

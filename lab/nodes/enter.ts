// Entering a plain node: its network namespace, its host name, and its own /run, /etc/fairlead and /var/lib, so that
// programs run there with exactly the paths of their units.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceOf } from '../plan/names.ts';
import { nodeFolder } from '../state.ts';

/** The one folder that has to exist on the machine itself, as a place to mount on. */
export const CONFIGURATION_FOLDER = '/etc/fairlead';

/** What a node sees at those paths is its own. /run is last: it hides the folder of the lab. */
const PRIVATE_FOLDERS = ['etc/fairlead', 'var/lib', 'run'];

// WATCHDOG_PID is only known here: `exec` keeps the shell's pid.
const SCRIPT = `
echo "$0" >/proc/sys/kernel/hostname
own=$1; shift
for folder in ${PRIVATE_FOLDERS.join(' ')}; do mount --bind "$own/$folder" "/$folder" || exit 125; done
cd /
if [ -n "\${WATCHDOG_USEC-}" ]; then export WATCHDOG_PID=$$; fi
exec "$@"`;

/** The command that runs `argv` in a plain node. It ends in exec, so its pid is the program's. */
export function enterCommand(lab: string, node: string, argv: readonly string[]): readonly string[] {
  const namespace = namespaceOf(lab, node);
  const enter = ['ip', 'netns', 'exec', namespace, 'unshare', '--uts', 'sh', '-c', SCRIPT];
  return [...enter, node, nodeFolder(lab, node), ...argv];
}

/** Makes the folders that enterCommand mounts. */
export async function makeNodeFolders(lab: string, node: string): Promise<void> {
  const own = nodeFolder(lab, node);
  await Promise.all(PRIVATE_FOLDERS.map((folder) => mkdir(join(own, folder), { recursive: true, mode: 0o755 })));
}

/** Where the machine sees a path of the node. */
export function hostPath(lab: string, node: string, path: string): string {
  return join(nodeFolder(lab, node), path);
}

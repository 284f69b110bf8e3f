// The Debian that all nodes have as their read-only lower layer: made once (about 25 s), then kept.
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../network/children.ts';
import { LabError } from '../nodes/node-runtime.ts';

/** What a minimal LB node has before Fairlead's package is installed; the package's own dependencies among it. */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'iproute2',
  'nftables',
  'gobgpd',
  'procps',
  'ca-certificates',
  'libstdc++6',
  'iputils-ping',
  'curl',
];
const OPTIONS = [
  '--quiet',
  '--variant=minbase',
  '--aptopt=Apt::Install-Recommends "false"',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
  `--include=${PACKAGES.join(',')}`,
];

// One making at a time, whoever asks; and complete or not there: what was cut short has another name.
const MAKE = `
folder=$1; shift
[ ! -d "$folder" ] || exit 0
rm -rf "$folder.making"
mmdebstrap "$@" "$folder.making" || { rm -rf "$folder.making"; exit 1; }
mv "$folder.making" "$folder"`;

/** The tree's folder below the cache; made if it is not there. */
export async function baseTree(cache: string): Promise<string> {
  const suite = await debianSuite();
  const key = createHash('sha256')
    .update([suite, ...OPTIONS].join('\n'))
    .digest('hex');
  const folder = join(cache, `${suite}-${key.slice(0, 12)}`);
  await mkdir(cache, { recursive: true, mode: 0o755 });
  try {
    await run(['flock', join(cache, 'lock'), 'sh', '-c', MAKE, 'sh', folder, ...OPTIONS, suite]);
  } catch (cause) {
    throw new LabError('NO_BASE_TREE', `mmdebstrap could not make a Debian ${suite} for the LB nodes`, { cause });
  }
  return folder;
}

/** The machine's own Debian release, or one that is known to work where the machine runs something else. */
async function debianSuite(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const isDebian = /^ID=debian$/m.test(release);
  return (isDebian ? /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] : undefined) ?? 'bookworm';
}

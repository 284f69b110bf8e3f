// What a lab needs of the machine, asked for before anything is made.
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../cli/terminal.ts';
import type { LabRecord } from '../state.ts';

interface Tool {
  /** Any of these files. */
  readonly files: readonly string[];
  /** The Debian package that has it. */
  readonly debian: string;
}

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function inPath(name: string): readonly string[] {
  return FOLDERS.map((folder) => join(folder, name));
}

const ALWAYS: readonly Tool[] = [
  { files: inPath('ip'), debian: 'iproute2' },
  { files: inPath('nft'), debian: 'nftables' },
  { files: inPath('sysctl'), debian: 'procps' },
  { files: inPath('openssl'), debian: 'openssl' },
  { files: inPath('gobgpd'), debian: 'gobgpd' },
];
const ROUTERS = {
  frr: { files: ['/usr/lib/frr/bgpd'], debian: 'frr' },
  bird: { files: inPath('bird'), debian: 'bird2' },
} as const satisfies Record<LabRecord['router'], Tool>;

/** Fails with one line that says what is missing and how to get it. */
export async function requireTools({ router }: Pick<LabRecord, 'router'>): Promise<void> {
  requireRoot();
  const tools = [...ALWAYS, ROUTERS[router]];
  const present = await Promise.all(tools.map(({ files }) => anyExecutable(files)));
  const missing = tools.filter((_, i) => !present[i]).map(({ debian }) => debian);
  if (missing.length === 0) return;
  throw new CommandError(
    `a lab needs ${missing.join(', ')}: apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
}

/** Namespaces, mounts and other users' processes: only root may. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new CommandError('a lab makes network namespaces: run this as root (sudo)');
}

async function anyExecutable(files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    files.map((file) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

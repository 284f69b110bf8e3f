// Builds build/fairlead_<version>_<architecture>.deb. Usage: node scripts/package.ts [--version VERSION]
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { conffiles, controlFile, debianVersion } from './package/control.ts';
import { stage } from './package/stage.ts';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { version: { type: 'string' } } });
const manifest = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as Record<string, string>;
const version = debianVersion(values.version ?? manifest['version'] ?? '0');
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const tree = join(checkout, 'build/package/root');
const deb = join(checkout, `build/fairlead_${version}_${architecture}.deb`);

if (await isUpToDate(deb)) {
  process.stdout.write(`${deb}\n`);
  process.exit(0);
}
await stage({ checkout, tree, arch: process.arch });
await writeControl();
run('chmod', ['-R', 'u=rwX,go=rX', tree]);
run('dpkg-deb', ['--build', '--root-owner-group', '--uniform-compression', '-Zzstd', '-z3', tree, deb]);
process.stdout.write(`${deb}\n`);

/** Nothing that goes into the package is newer than it. */
async function isUpToDate(path: string): Promise<boolean> {
  const built = await stat(path).catch(() => undefined);
  if (built === undefined) return false;
  const inputs = ['dist/.built', 'package-lock.json', 'package.json', 'bin', 'systemd', 'scripts', 'docs/operations'];
  const { stdout } = spawnSync('find', [...inputs, '-newer', path, '-print', '-quit'], { cwd: checkout });
  return stdout.length === 0;
}

async function writeControl(): Promise<void> {
  const folder = join(tree, 'DEBIAN');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const description = manifest['description'] ?? '';
  const installedBytes = await sizeOf(tree);
  await writeFile(join(folder, 'control'), controlFile({ version, description, architecture, installedBytes }));
  await writeFile(join(folder, 'conffiles'), conffiles());
  for (const script of ['postinst', 'prerm', 'postrm']) {
    await writeFile(join(folder, script), await readFile(join(checkout, 'systemd/debian', script)));
    await chmod(join(folder, script), 0o755);
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(files)).reduce((sum, file) => sum + file.size, 0);
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`package: ${command} failed: ${error?.message ?? stderr}\n`);
  process.exit(1);
}

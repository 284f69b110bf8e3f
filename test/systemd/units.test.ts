import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const checkout = join(import.meta.dirname, '../..');
const names = readdirSync(join(checkout, 'systemd')).filter((name) => name.endsWith('.service'));
const folder = mkdtempSync(join(tmpdir(), 'fairlead-units-'));

/** The unit as a machine has it, but with the files of this checkout in place of the installed ones. */
function inCheckout(unit: string): string {
  return unit
    .replaceAll('/usr/bin/fairlead', `${checkout}/bin/fairlead`)
    .replaceAll('/usr/lib/fairlead/', `${checkout}/`);
}

function analyze(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8', cwd: folder });
  return { status, output: stdout + stderr };
}

beforeAll(() => {
  for (const name of names) {
    const text = readFileSync(join(checkout, 'systemd', name), 'utf8');
    writeFileSync(join(folder, name), inCheckout(text));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the unit files', () => {
  test('systemd finds nothing to say about them', () => {
    const { status, output } = analyze('verify', '--man=no', ...names.map((name) => join(folder, name)));
    expect({ status, output }).toEqual({ status: 0, output: '' });
  });

  test('a mistake in them would be found', () => {
    const broken = join(folder, 'broken.service');
    writeFileSync(broken, '[Service]\nExecStart=/nowhere/at/all\nWatchDog=5s\n');
    const { output } = analyze('verify', '--man=no', broken);
    rmSync(broken);
    expect(output).toMatch(/WatchDog/);
  });

  // A ceiling of 2.5 is written 25.
  test.each([
    { unit: 'fairlead-ipam.service', ceiling: 25 },
    { unit: 'fairlead-speaker.service', ceiling: 35 },
    { unit: 'fairlead-proxy.service', ceiling: 35 },
    { unit: 'fairlead-apiserver.service', ceiling: 25 },
    { unit: 'fairlead-gobgpd.service', ceiling: 35 },
  ])('$unit is exposed no more than $ceiling tenths', ({ unit, ceiling }) => {
    const { status, output } = analyze(
      'security',
      '--offline=true',
      '--no-pager',
      `--threshold=${ceiling}`,
      join(folder, unit),
    );
    expect({ status, last: output.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
  });

  test('only the programs that need them have capabilities', () => {
    const granted = names.map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [name, /^CapabilityBoundingSet=(.*)$/m.exec(text)?.[1], /^AmbientCapabilities=(.*)$/m.exec(text)?.[1]];
    });
    expect(granted).toEqual([
      ['fairlead-apiserver.service', '', undefined],
      ['fairlead-gobgpd.service', 'CAP_NET_BIND_SERVICE', 'CAP_NET_BIND_SERVICE'],
      ['fairlead-ipam.service', '', undefined],
      ['fairlead-proxy.service', 'CAP_NET_BIND_SERVICE', 'CAP_NET_BIND_SERVICE'],
      ['fairlead-speaker.service', 'CAP_NET_ADMIN', 'CAP_NET_ADMIN'],
    ]);
  });

  test('every user that a unit names is made by the sysusers file', () => {
    const made = readFileSync(join(checkout, 'systemd/sysusers.conf'), 'utf8');
    const users = names.map((name) => /^User=(.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1]);
    for (const user of users) expect(made).toMatch(new RegExp(`^u ${user} `, 'm'));
  });

  test('systemd-sysusers understands the file', () => {
    const root = mkdtempSync(join(folder, 'root-'));
    mkdirSync(join(root, 'etc'));
    cpSync(join(checkout, 'systemd/sysusers.conf'), join(root, 'usr/lib/sysusers.d/fairlead.conf'));
    const args = [`--root=${root}`, 'fairlead.conf'];
    const { status, stderr } = spawnSync('systemd-sysusers', args, { encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const passwd = readFileSync(join(root, 'etc/passwd'), 'utf8');
    const group = /^fairlead:[^:]*:(\d+):/m.exec(readFileSync(join(root, 'etc/group'), 'utf8'))?.[1];
    expect(passwd).toMatch(new RegExp(`^fairlead-proxy:[^:]*:\\d+:${group}:`, 'm'));
  });

  test('the sysctl file touches the network only', () => {
    const text = readFileSync(join(checkout, 'systemd/sysctl.conf'), 'utf8');
    const keys = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    expect(keys.filter((line) => !/^net\.[a-z0-9_.]+ = \d/.test(line))).toEqual([]);
  });
});

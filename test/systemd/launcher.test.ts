import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const launcher = join(import.meta.dirname, '../../bin/fairlead');
let root = '';

/** A Node.js that only says what it was asked to run. */
function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), 0o755);
}

function run(command: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(command, ['status', 'a b'], { encoding: 'utf8', cwd: '/' });
}

const ECHO = '#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\n';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fairlead-launcher-'));
  mkdirSync(join(root, 'bin'));
  copyFileSync(launcher, join(root, 'bin/fairlead'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('bin/fairlead', () => {
  test('the package runs its compiled code with its own Node.js, through a link and from anywhere', () => {
    put('node/bin/node', ECHO);
    put('dist/cli/main.js', '');
    symlinkSync('bin/fairlead', join(root, 'link'));
    const { stdout } = run(join(root, 'link'));
    expect(stdout).toBe(`<--disable-warning=ExperimentalWarning><${root}/dist/cli/main.js><status><a b>`);
  });

  test('what it starts finds the commands of root, also when the caller does not', () => {
    put('node/bin/node', '#!/bin/sh\necho "$PATH"\n');
    put('dist/cli/main.js', '');
    const { stdout } = spawnSync(join(root, 'bin/fairlead'), ['status'], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    });
    expect(stdout.trim().split(':')).toEqual(expect.arrayContaining(['/usr/bin', '/usr/sbin', '/sbin']));
  });

  test('a checkout that was never compiled runs its sources with the Node.js of the lock file', () => {
    put('tsconfig.build.json', '{}');
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
    put(`node_modules/node-linux-${arch}/bin/node`, ECHO);
    expect(run(join(root, 'bin/fairlead')).stdout).toContain(`<${root}/cli/main.ts>`);
  });

  test('a checkout whose sources are newer than what was compiled runs its sources', () => {
    put('tsconfig.build.json', '{}');
    put('node/bin/node', ECHO);
    put('dist/cli/main.js', '');
    put('net/address.ts', '');
    put('dist/.built', '');
    utimesSync(join(root, 'net'), 1, 1);
    utimesSync(join(root, 'net/address.ts'), 1, 1);
    expect(run(join(root, 'bin/fairlead')).stdout).toContain(`<${root}/dist/cli/main.js>`);
    utimesSync(join(root, 'dist/.built'), 0, 0);
    expect(run(join(root, 'bin/fairlead')).stdout).toContain(`<${root}/cli/main.ts>`);
  });

  test('without any Node.js it says what to do', () => {
    const { status, stderr } = run(join(root, 'bin/fairlead'));
    expect({ status, stderr }).toEqual({
      status: 127,
      stderr: `fairlead: no Node.js under ${root}; in a checkout run: npm ci\n`,
    });
  });
});

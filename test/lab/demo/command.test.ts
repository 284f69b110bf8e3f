import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const MAIN = join(import.meta.dirname, '../../../lab/demo/main.ts');

describe('npm run demo', () => {
  test.each([
    { args: ['--name', '..'], says: '".." is no lab name' },
    { args: ['--name', 'a b'], says: '"a b" is no lab name' },
    { args: ['--bogus'], says: "Unknown option '--bogus'" },
    { args: ['--name'], says: "Option '--name <value>' argument missing" },
  ])('refuses $args before it touches anything', ({ args, says }) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    expect(stderr).toContain(says);
    expect(stderr).toContain('usage: npm run demo -- [--check] [--name LAB]');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

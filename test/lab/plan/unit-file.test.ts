import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  expandCommand,
  parseEnvironment,
  parseUnitFile,
  splitWords,
  type UnitFile,
} from '../../../lab/plan/unit-file.ts';
import { isRestarted, parseNotification } from '../../../lab/plan/unit-state.ts';

const UNITS = join(import.meta.dirname, '../../../systemd');

function parsed(text: string): UnitFile {
  const unit = parseUnitFile('probe', text);
  if (!unit.ok) throw new Error(JSON.stringify(unit.errors));
  return unit.value;
}

function service(lines: string): UnitFile {
  return parsed(`[Service]\nExecStart=/bin/true\n${lines}\n`);
}

describe('reading a unit file', () => {
  test.each(readdirSync(UNITS).filter((file) => file.endsWith('.service')))(
    '%s of the package says what the lab needs',
    (file) => {
      const unit = parsed(readFileSync(join(UNITS, file), 'utf8'));
      expect(unit).toMatchObject({ type: 'notify', restart: 'always' });
      expect(unit.execStart.argv[0]).toMatch(/^\/usr\/bin\/(fairlead|gobgpd)$/);
      expect(unit.stopTimeoutMs).toBeLessThan(60_000);
      expect(unit.runtimeDirectories).toHaveLength(1);
    },
  );

  test('what is not said has the default of systemd', () => {
    expect(parsed('[Service]\nExecStart=/bin/true')).toMatchObject({
      type: 'simple',
      restart: 'no',
      restartMs: 100,
      watchdogMs: undefined,
      startTimeoutMs: 90_000,
      stopTimeoutMs: 90_000,
      killMode: 'control-group',
      killSignal: 'SIGTERM',
    });
  });

  test.each([
    ['100ms', 100],
    ['5', 5000],
    ['5s', 5000],
    ['1min 30s', 90_000],
    ['0.5s', 500],
  ])('a time of %s is %d ms', (text, ms) => {
    expect(service(`TimeoutStopSec=${text}`).stopTimeoutMs).toBe(ms);
  });

  test('comments are skipped, long lines joined, lists gathered, and an empty assignment empties a list', () => {
    const unit = service(
      '# a comment\nExecStartPre=/bin/rm -f \\\n  /run/x\nExecStartPre=-/bin/false\nRuntimeDirectory=a\nRuntimeDirectory=\nRuntimeDirectory=b c',
    );
    expect(unit.execStartPre).toEqual([
      { argv: ['/bin/rm', '-f', '/run/x'], mayFail: false },
      { argv: ['/bin/false'], mayFail: true },
    ]);
    expect(unit.runtimeDirectories).toEqual(['b', 'c']);
  });

  test('prefixes of systemd are no part of the command', () => {
    expect(service('ExecStopPost=-+/bin/withdraw x').execStopPost).toEqual([
      { argv: ['/bin/withdraw', 'x'], mayFail: true },
    ]);
  });

  test('a unit without a command is refused with the reason', () => {
    expect(parseUnitFile('x', '[Service]\nType=simple')).toEqual({
      ok: false,
      errors: [{ path: 'Service.ExecStart', reason: 'is missing' }],
    });
  });
});

describe('a command line', () => {
  test('keeps quoted words together', () => {
    expect(splitWords(`a "b c" 'd e' --f="g h"`)).toEqual(['a', 'b c', 'd e', '--f=g h']);
  });

  test('has specifiers and variables filled in', () => {
    const env = { OPTIONS: '--one --two', NAME: 'x' };
    expect(
      expandCommand(
        ['/bin/p', '--node=%H', '%n', '$OPTIONS', '--${NAME}.%t', '100%%'],
        { host: 'lb1', unit: 'u' },
        env,
      ),
    ).toEqual(['/bin/p', '--node=lb1', 'u.service', '--one', '--two', '--x./run', '100%']);
  });

  test('an environment file has comments, quotes and blank lines', () => {
    expect(parseEnvironment('# no\n\nA=1\nB="two words"\n; no\nC=\n')).toEqual({ A: '1', B: 'two words', C: '' });
  });
});

describe('what a unit says and how it is restarted', () => {
  test('a notification is a list of assignments', () => {
    expect([...parseNotification('READY=1\nSTATUS=a=b\n')]).toEqual([
      ['READY', '1'],
      ['STATUS', 'a=b'],
    ]);
  });

  test('Restart=on-failure leaves a clean end alone', () => {
    expect(isRestarted({ restart: 'on-failure' }, 'success')).toBe(false);
    expect(isRestarted({ restart: 'on-failure' }, 'watchdog')).toBe(true);
    expect(isRestarted({ restart: 'always' }, 'success')).toBe(true);
    expect(isRestarted({ restart: 'no' }, 'signal')).toBe(false);
  });
});

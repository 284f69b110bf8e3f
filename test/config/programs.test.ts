// What an administrator may write, and what is said about what he may not: test/runtime/settings.test.ts has the reading.
import { describe, expect, test } from '@jest/globals';
import { ipamSettings } from '../../config/ipam.ts';
import { proxySettings } from '../../config/proxy.ts';
import { speakerSettings } from '../../config/speaker.ts';
import { parseSettings, type SettingsResult } from '../../runtime/settings.ts';

const PROGRAMS = {
  ipam: (argv: readonly string[]) => parse('ipam', argv, ipamSettings),
  proxy: (argv: readonly string[]) => parse('proxy', argv, proxySettings),
  speaker: (argv: readonly string[]) => parse('speaker', argv, speakerSettings),
};

function parse<T>(
  program: string,
  argv: readonly string[],
  schema: Parameters<typeof parseSettings<T>>[0]['schema'],
): SettingsResult<T> {
  return parseSettings({ program, summary: '', schema, argv, env: {} });
}

describe('settings of the programs', () => {
  test.each(Object.entries(PROGRAMS))('%s starts with no setting at all', (_name, read) => {
    expect(read([])).toMatchObject({ kind: 'settings', settings: { logLevel: 'info' } });
  });

  test('a trusted proxy is an address or a prefix, of either family', () => {
    expect(PROGRAMS.proxy(['--trusted-proxies', '10.0.0.7,192.0.2.0/24,2001:db8::1'])).toMatchObject({
      settings: { trustedProxies: ['10.0.0.7/32', '192.0.2.0/24', '2001:db8::1/128'] },
    });
  });

  test('addresses of a node are read into their canonical spelling', () => {
    expect(PROGRAMS.speaker(['--node-address', '10.0.0.1,2001:DB8::0:1', '--router-id', '10.0.0.1'])).toMatchObject({
      settings: { nodeAddress: ['10.0.0.1', '2001:db8::1'], routerId: '10.0.0.1' },
    });
  });

  test.each([
    { program: 'ipam', argv: ['--lease-seconds', '0'], reason: /--lease-seconds: .*0/ },
    { program: 'ipam', argv: ['--default-class', 'perhaps'], reason: /--default-class: .*perhaps/ },
    { program: 'ipam', argv: ['--metrics-address', '9651'], reason: /--metrics-address: must be HOST:PORT/ },
    { program: 'proxy', argv: ['--trusted-proxies', '10.0.0.0/33'], reason: /10\.0\.0\.0\/33 is no address/ },
    { program: 'proxy', argv: ['--workers', '-1'], reason: /--workers/ },
    { program: 'proxy', argv: ['--node', 'LB_1'], reason: /--node: must be a lower-case DNS name/ },
    { program: 'speaker', argv: ['--router-id', '2001:db8::1'], reason: /--router-id: must be an IPv4 address/ },
    {
      program: 'speaker',
      argv: ['--node-address', '10.0.0'],
      reason: /--node-address.*must be an IPv4 or IPv6 address/,
    },
    { program: 'speaker', argv: ['--bgp-port', '70000'], reason: /--bgp-port/ },
  ] as const)('$program $argv is refused in one line', ({ program, argv, reason }) => {
    const result = PROGRAMS[program](argv);
    if (result.kind !== 'refused') throw new Error(`${result.kind} in place of a refusal`);
    expect(result.because.message).toMatch(reason);
    expect(result.because.message).not.toContain('\n');
    expect(result.because.exitCode).toBe(2);
  });
});

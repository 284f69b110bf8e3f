import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { nodeSetting, programSettings } from '../../config/program.ts';
import { parseSettings } from '../../runtime/settings.ts';

const schema = z.object({
  ...programSettings({ debugSocket: '/run/x.sock', metricsAddress: '127.0.0.1:9000' }),
  node: nodeSetting,
  workers: z.number().int().min(1).default(2).meta({ description: 'how many workers' }),
  asn: z.number().int().meta({ description: 'our AS number', valueName: 'ASN' }),
  peers: z.array(z.string()).default([]),
  fast: z.boolean().default(false),
});

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function parse({ argv = [], env = {}, file }: Given) {
  const readFile = (): string => {
    if (file === undefined) throw new Error('ENOENT: no such file');
    return file;
  };
  const withFile = file === undefined ? argv : [...argv, '--config', '/etc/x.yaml'];
  return parseSettings({ program: 'speaker', summary: 'Announces.', schema, argv: withFile, env, readFile });
}

function settingsOf(given: Given): z.infer<typeof schema> {
  const result = parse({ ...given, env: { FAIRLEAD_SPEAKER_ASN: '64511', ...given.env } });
  if (result.kind !== 'settings') throw new Error(`no settings: ${JSON.stringify(result)}`);
  return result.settings;
}

describe('settings', () => {
  test('a flag beats the environment, the environment the file, the file the default', () => {
    const file = 'workers: 3\n';
    const env = { FAIRLEAD_SPEAKER_WORKERS: '4' };
    expect(settingsOf({}).workers).toBe(2);
    expect(settingsOf({ file }).workers).toBe(3);
    expect(settingsOf({ file, env }).workers).toBe(4);
    expect(settingsOf({ file, env, argv: ['--workers', '5'] }).workers).toBe(5);
  });

  test('what Kubernetes tells pods of Services that are called as we are is no setting of ours', () => {
    const env = {
      FAIRLEAD_SPEAKER_SERVICE_HOST: '10.96.0.7',
      FAIRLEAD_SPEAKER_SERVICE_PORT: '80',
      FAIRLEAD_SPEAKER_SERVICE_PORT_METRICS: '80',
      FAIRLEAD_SPEAKER_PORT: 'tcp://10.96.0.7:80',
      FAIRLEAD_SPEAKER_PORT_80_TCP: 'tcp://10.96.0.7:80',
      FAIRLEAD_SPEAKER_PORT_80_TCP_PROTO: 'tcp',
      FAIRLEAD_SPEAKER_PORT_80_TCP_PORT: '80',
      FAIRLEAD_SPEAKER_PORT_80_TCP_ADDR: '10.96.0.7',
      FAIRLEAD_SPEAKER_METRICS_SERVICE_HOST: '10.96.0.8',
      FAIRLEAD_SPEAKER_METRICS_PORT: 'udp://10.96.0.8:80',
    };
    expect(settingsOf({ env }).workers).toBe(2);
  });

  test.each(['FAIRLEAD_SPEAKER_PORT', 'FAIRLEAD_SPEAKER_WORKER', 'FAIRLEAD_SPEAKER_SERVICE'])(
    'a misspelt %s is refused all the same',
    (name) => {
      expect(parse({ env: { FAIRLEAD_SPEAKER_ASN: '1', [name]: '179' } })).toMatchObject({
        kind: 'refused',
        because: { message: `environment ${name}: no such setting (see --help)` },
      });
    },
  );

  test('the file may be named in the environment', () => {
    const env = { FAIRLEAD_SPEAKER_CONFIG: '/etc/x.yaml', FAIRLEAD_SPEAKER_ASN: '1' };
    const request = { program: 'speaker', summary: '', schema, argv: [], env, readFile: () => 'workers: 7' };
    expect(parseSettings(request)).toMatchObject({ kind: 'settings', settings: { workers: 7 } });
  });

  test('lists repeat or have commas, switches need no value, addresses become host and port', () => {
    const argv = ['--peers', 'a', '--peers', 'b,c', '--fast', '--metrics-address', '[::1]:80'];
    expect(settingsOf({ argv })).toMatchObject({
      peers: ['a', 'b', 'c'],
      fast: true,
      metricsAddress: { host: '::1', port: 80 },
    });
    expect(settingsOf({ argv: ['--fast=false', '--metrics-address', 'none'] })).toMatchObject({ fast: false });
    expect(settingsOf({ argv: ['--metrics-address', 'none'] }).metricsAddress).toBeUndefined();
  });

  test('KUBECONFIG counts, our own variable beats it', () => {
    expect(settingsOf({ env: { KUBECONFIG: '/a' } }).kubeconfig).toBe('/a');
    expect(settingsOf({ env: { KUBECONFIG: '/a', FAIRLEAD_SPEAKER_KUBECONFIG: '/b' } }).kubeconfig).toBe('/b');
  });

  test.each([
    { name: 'an unknown flag', argv: ['--wrokers', '3'], says: "unknown option '--wrokers' (Did you mean --workers?)" },
    { name: 'a stray word', argv: ['now'], says: 'now' },
    {
      name: 'a bad flag',
      argv: ['--workers', 'many'],
      says: "--workers: Invalid input: expected number, received string (got 'many')",
    },
    { name: 'a value out of range', argv: ['--workers', '0'], says: '--workers: Too small' },
    { name: 'a flag without its value', argv: ['--workers'], says: 'argument missing' },
    {
      name: 'a bad variable',
      env: { FAIRLEAD_SPEAKER_WORKERS: '', FAIRLEAD_SPEAKER_FAST: 'yes' },
      says: 'environment FAIRLEAD_SPEAKER_FAST: Invalid',
    },
    {
      name: 'an unknown variable',
      env: { FAIRLEAD_SPEAKER_WROKERS: '1' },
      says: 'environment FAIRLEAD_SPEAKER_WROKERS: no such setting',
    },
    { name: 'an unknown key', file: 'wrokers: 1', says: "file /etc/x.yaml: no setting is called 'wrokers'" },
    { name: 'a bad value in the file', file: 'peers: [a, 5]', says: 'file /etc/x.yaml: peers.1: Invalid input' },
    { name: 'a file that is no mapping', file: '- a', says: 'file /etc/x.yaml: must be a mapping' },
    { name: 'a file that is no YAML', file: 'a: [', says: 'file /etc/x.yaml: ' },
    { name: 'a file that is missing', argv: ['--config', '/nope'], says: 'file /nope: ENOENT' },
    {
      name: 'a required one that is missing',
      says: "--asn is required (or environment FAIRLEAD_SPEAKER_ASN, or 'asn' in the --config file)",
    },
    { name: 'a bad address', argv: ['--metrics-address', '1.2.3.4'], says: '--metrics-address: must be HOST:PORT' },
    { name: 'a bad node name', argv: ['--node', 'LB_1'], says: '--node: must be a lower-case DNS name' },
  ])('$name is refused in one line that says which and why', ({ says, ...given }) => {
    const result = parse(given);
    if (result.kind !== 'refused') throw new Error('was not refused');
    expect(result.because.message).toContain(says);
    expect(result.because.message).not.toContain('\n');
    expect(result.because.exitCode).toBe(2);
  });

  test('--help teaches every flag, its default and its other names', () => {
    const result = parse({ argv: ['--help'] });
    if (result.kind !== 'help') throw new Error('no help');
    const text = result.text.replaceAll(/\s+/g, ' ');
    for (const row of [
      '--workers <N> how many workers (default 2)',
      '--asn <ASN> our AS number',
      'FAIRLEAD_SPEAKER_<FLAG>',
      'environment KUBECONFIG or FAIRLEAD_SPEAKER_KUBECONFIG',
    ])
      expect(text).toContain(row);
  });
});

// docs/reference/proxy.md names every metric, log field, flag and setting, and nothing that is not there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { proxySettings } from '../../../config/proxy.ts';
import { CERTIFICATE_EXPIRY } from '../../../proxy/apply/certificate-metrics.ts';
import { accessLine } from '../../../proxy/traffic/access-line.ts';
import { TRAFFIC_METRICS } from '../../../proxy/traffic/counters.ts';
import { PROXY_ERROR_CODES } from '../../../proxy/traffic/proxy-error.ts';
import { describeSettings } from '../../../runtime/settings-rows.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/reference/proxy.md'), 'utf8');
const section = (title: string): string => text.split('\n## ').find((part) => part.startsWith(title)) ?? '';
const namesIn = (part: string, pattern: RegExp): readonly string[] =>
  [...new Set([...part.matchAll(pattern)].map((match) => match[1] ?? ''))].toSorted();

describe('the reference of the proxy', () => {
  test('has every metric', () => {
    const metrics = [...Object.keys(TRAFFIC_METRICS), CERTIFICATE_EXPIRY].map((name) =>
      name.replace(/_(bucket|sum)$/, ''),
    );
    expect(namesIn(section('Metrics'), /`fairlead_proxy_(\w+)`/g)).toEqual([...new Set(metrics)].toSorted());
  });

  test('has every field of the access log', () => {
    const line = accessLine({
      at: 0,
      client: '',
      method: '',
      host: '',
      path: '',
      status: 200,
      bytes: 0,
      durationMs: 0,
      upstreamMs: 1,
      listener: '',
      rule: '',
      backend: '',
      endpoints: [],
      flags: '',
      reason: 'x',
      requestId: '',
    });
    const table = section('Access log').split('| flag |')[0] ?? '';
    const documented = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap((row) => namesIn(row[1] ?? '', /`(\w+)`/g));
    expect(documented.toSorted()).toEqual(Object.keys(JSON.parse(line)).toSorted());
  });

  test('has every flag', () => {
    const flags = Object.values(PROXY_ERROR_CODES).map(({ flag }) => flag);
    const documented = namesIn(section('Access log'), /^\| `([A-Z]+)` \|/gm);
    expect(documented).toEqual([...new Set([...flags, 'NR'])].toSorted());
  });

  test('has every setting', () => {
    const flags = describeSettings(proxySettings.shape).map(({ flag }) => flag);
    expect(namesIn(section('Settings'), /`(--[a-z-]+)`/g)).toEqual(
      [...new Set([...flags, '--config', '--help'])].toSorted(),
    );
  });
});

test('a line of the access log is JSON whatever the client sends', () => {
  const nasty = '\u0000"\\\n\u2028\ud800</script>';
  const line = accessLine({
    at: 0,
    client: nasty,
    method: nasty,
    host: nasty,
    path: nasty,
    status: 200,
    bytes: 0,
    durationMs: 1.23456,
    upstreamMs: undefined,
    listener: nasty,
    rule: undefined,
    backend: undefined,
    endpoints: [nasty],
    flags: '',
    reason: undefined,
    requestId: nasty,
  });
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toMatchObject({ client: nasty, path: nasty, durationMs: 1.235, upstreamMs: null });
});

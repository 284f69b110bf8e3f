import { describe, expect, test } from '@jest/globals';
import { encodeReport, parseAnnouncedReport, parseServingReport } from '../../api/serving-report.ts';

const report = {
  type: 'report' as const,
  node: 'lb1',
  sequence: 3,
  addresses: [{ address: '203.0.113.0', state: 'serving', ports: [{ port: 443, protocol: 'TCP' }] }],
  connections: 7,
};

describe('what proxy and speaker say to each other', () => {
  test('is one line, and reads back as what was said', () => {
    const parsed = parseServingReport(report);
    if (!parsed.ok) throw new Error('refused');
    const line = encodeReport(parsed.value);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(parseServingReport(JSON.parse(line))).toEqual(parsed);
    const answer = { type: 'announced', addresses: ['2001:DB8::1'], draining: true };
    expect(parseAnnouncedReport(answer)).toMatchObject({ value: { addresses: ['2001:db8::1'], draining: true } });
  });

  test.each([
    { field: 'type', value: 'announced', path: 'type' },
    { field: 'sequence', value: 1.5, path: 'sequence' },
    { field: 'connections', value: -1, path: 'connections' },
    { field: 'addresses', value: [{ ...report.addresses[0], address: 'x' }], path: 'addresses[0].address' },
    { field: 'addresses', value: [{ ...report.addresses[0], state: 'open' }], path: 'addresses[0].state' },
    {
      field: 'addresses',
      value: [{ ...report.addresses[0], ports: [{ port: 0, protocol: 'TCP' }] }],
      path: 'addresses[0].ports[0].port',
    },
  ])('with a bad $path is refused', ({ field, value, path }) => {
    const parsed = parseServingReport({ ...report, [field]: value });
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.path)).toContain(path);
  });
});

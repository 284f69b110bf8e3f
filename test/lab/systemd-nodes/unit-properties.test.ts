import { describe, expect, test } from '@jest/globals';
import { parseUnitProperties } from '../../../lab/systemd-nodes/unit-properties.ts';

const shown = (properties: Readonly<Record<string, string>>): string =>
  Object.entries({ Id: 'fairlead-proxy.service', ...properties })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

describe('what systemctl show says of a unit', () => {
  test('a running unit has its pid and its own words, equals signs included', () => {
    const text = shown({
      ActiveState: 'active',
      SubState: 'running',
      MainPID: '88',
      NRestarts: '2',
      StatusText: 'a=b',
    });
    expect(parseUnitProperties('lb1', text)).toEqual([
      { node: 'lb1', unit: 'fairlead-proxy', state: 'active', pid: 88, restarts: 2, text: 'a=b', result: undefined },
    ]);
  });

  test.each([
    {
      properties: { ActiveState: 'activating', SubState: 'auto-restart', Result: 'signal' },
      state: 'restarting',
      result: 'signal',
    },
    {
      properties: { ActiveState: 'activating', SubState: 'start', Result: 'success' },
      state: 'starting',
      result: 'success',
    },
    {
      properties: { ActiveState: 'failed', SubState: 'failed', Result: 'watchdog' },
      state: 'failed',
      result: 'watchdog',
    },
    { properties: { ActiveState: 'inactive', MainPID: '0', Result: 'core-dump' }, state: 'inactive', result: 'signal' },
  ])('$properties is $state', ({ properties, state, result }) => {
    expect(parseUnitProperties('lb1', shown(properties))).toMatchObject([{ state, result, pid: undefined }]);
  });

  test('several units are told apart', () => {
    const text = `${shown({})}\n${shown({ Id: 'fairlead-ipam.service' })}`;
    expect(parseUnitProperties('lb1', text).map(({ unit }) => unit)).toEqual(['fairlead-proxy', 'fairlead-ipam']);
  });
});

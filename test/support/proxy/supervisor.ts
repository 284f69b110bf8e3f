// A supervisor of its own for tests that kill it: node supervisor.ts ADDRESS POD_PORT; prints its workers' pids.
import { join } from 'node:path';
import type { IpAddress } from '../../../net/address.ts';
import { WorkerFleet } from '../../../proxy/apply/worker-fleet.ts';
import { DEFAULT_TRAFFIC_SETTINGS } from '../../../proxy/traffic/traffic-settings.ts';
import { quietLog } from '../quiet-log.ts';
import { backendKey, plainPort, ruleFor } from './table.ts';

const [address = '', podPort = ''] = process.argv.slice(2);
const fleet = new WorkerFleet({
  workers: 1,
  settings: { ...DEFAULT_TRAFFIC_SETTINGS, accessLog: 'none', drainQuietMs: 100 },
  log: quietLog(),
  onChange: () => {
    if (fleet.isSettled()) console.log(fleet.views().map(({ pid }) => pid)[0]);
  },
  workerPath: join(import.meta.dirname, '../../../proxy/traffic/worker-main.ts'),
});
const endpoint = { address: '127.0.0.1' as IpAddress, port: Number(podPort) };
fleet.changeEndpoints({ changed: [{ backend: backendKey('web'), endpoints: [endpoint] }], removed: [] });
fleet.setTable({ ports: [plainPort([ruleFor('/')], { address })] });
fleet.start();

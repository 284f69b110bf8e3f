import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { IpamMetrics } from '../../../ipam/apply/metrics.ts';
import { planIpam } from '../../../ipam/plan/plan.ts';
import { pool, service, snapshot } from '../builders.ts';

test('the figures are those of the last plan, and used and free are the whole pool', async () => {
  const registry = new Registry();
  const metrics = new IpamMetrics(registry);
  const main = pool('main', '203.0.113.0/31');
  const services = ['a', 'b', 'c'].map((name) => service(name));
  metrics.show(planIpam(snapshot([pool('gone', '198.51.100.0/30'), main, ...services])));
  metrics.show(planIpam(snapshot([main, pool('twice', '203.0.113.0/31', { at: 1 }), ...services])));
  metrics.countWrites('Service', 2);
  const text = await registry.metrics();
  expect(text).toContain('fairlead_ipam_pool_used_addresses{pool="main"} 2');
  expect(text).toContain('fairlead_ipam_pool_free_addresses{pool="main"} 0');
  expect(text).not.toContain('pool="gone"');
  expect(text).toContain('fairlead_ipam_pools_refused 1');
  expect(text).toContain('fairlead_ipam_services 3');
  expect(text).toContain('fairlead_ipam_services_unsatisfied{reason="out_of_ips"} 1');
  expect(text).toContain('fairlead_ipam_writes_total{kind="Service"} 2');
});

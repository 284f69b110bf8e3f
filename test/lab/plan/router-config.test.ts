import { describe, expect, test } from '@jest/globals';
import { birdConfig, frrBgpdConfig } from '../../../lab/plan/router-config.ts';

const shape = { name: 'lab', lbNodes: 2, workers: 1, router: 'frr' } as const;

describe('the configuration of the router', () => {
  test('FRR has every LB node as a neighbour in both families, takes host routes, and announces nothing', () => {
    const config = frrBgpdConfig(shape);
    for (const neighbour of ['10.10.0.11', '10.10.0.12', 'fd10::11', 'fd10::12']) {
      expect(config).toContain(` neighbor ${neighbour} peer-group LB\n`);
    }
    expect(config).toContain('maximum-paths 8');
    expect(config).toContain('route-map NOTHING deny 10');
    expect(config).toContain('permit 203.0.113.0/24 ge 32');
  });

  test('BIRD has the same neighbours, each with the local address of its family', () => {
    const config = birdConfig(shape);
    expect(config).toContain('local 10.10.0.1 as 64500; neighbor 10.10.0.12 as 64511;');
    expect(config).toContain('local fd10::1 as 64500; neighbor fd10::11 as 64511;');
    expect(config).toContain('merge paths yes limit 8');
  });

  test('fabric and pods are refused before the wide prefix that holds them is accepted', () => {
    for (const config of [frrBgpdConfig(shape), birdConfig(shape)]) {
      expect(config.indexOf('10.244.0.0/16')).toBeGreaterThan(0);
      expect(config.indexOf('10.244.0.0/16')).toBeLessThan(config.indexOf('10.0.0.0/8'));
    }
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Network } from '../support/network.ts';

const PROBE = join(import.meta.dirname, '../support/kernel-probe.ts');
const guardState = z.object({ IPv4: z.string().optional(), IPv6: z.string().optional() });
const probeSchema = z.object({
  added: z.array(z.string()),
  listing: z.string(),
  removed: z.object({ ours: z.array(z.string()), listing: z.string() }),
  guards: z.object({
    before: guardState,
    applied: guardState,
    seen: guardState,
    rules: z.string(),
    flushed: guardState,
    restored: guardState,
    emptied: guardState,
    refusal: z.string(),
    left: z.string(),
  }),
});

describe("the kernel's share, in a namespace of its own", () => {
  let network: Network;
  let probe: z.infer<typeof probeSchema>;

  beforeAll(async () => {
    network = await Network.create();
    await network.addNamespace('node');
    probe = probeSchema.parse(JSON.parse(await network.exec('node', [process.execPath, PROBE])));
  }, 20_000);

  afterAll(() => network[Symbol.asyncDispose]());

  test('addresses are added as host addresses of the loopback link', () => {
    expect(probe.added.toSorted()).toEqual(['2001:db8::10', '203.0.113.10']);
    expect(probe.listing).toMatch(/inet 203\.0\.113\.10\/32 scope global.* lo:fairlead/);
  });

  test('an IPv6 address skips duplicate detection and is never a source by itself', () => {
    expect(probe.listing).toMatch(/inet6 2001:db8::10\/128 scope global nodad deprecated .*preferred_lft 0sec/);
  });

  test("an administrator's address is neither listed nor removed, also where we want the same one", () => {
    expect(probe.removed.ours).toEqual([]);
    expect(probe.removed.listing).toContain('203.0.113.99/32');
    expect(probe.removed.listing).not.toContain('203.0.113.10/32');
  });

  test('the guard stands in a table of its own and is recognised there', () => {
    expect(probe.guards.before).toEqual({});
    expect(probe.guards.seen).toEqual(probe.guards.applied);
    expect(probe.guards.rules).toContain('table ip fairlead');
  });

  test('a firewall that flushed the tables is noticed, and the guard is put back', () => {
    expect(probe.guards.flushed).toEqual({});
    expect(probe.guards.restored).toEqual(probe.guards.applied);
  });

  test('with nothing to guard nothing is left behind', () => {
    expect(probe.guards.emptied).toEqual({});
    expect(probe.guards.left).toBe('');
  });

  test('a document that nft refuses is an error that says where', () => {
    expect(probe.guards.refusal).toMatch(/^KernelGuardError: nft -f -: .*syntax error/);
  });
});

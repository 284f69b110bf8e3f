import { beforeEach, describe, expect, test } from '@jest/globals';
import { CLOSE_GRACE_MS } from '../../../api/serving-report.ts';
import type { IpAddress } from '../../../net/address.ts';
import { ListenerSet } from '../../../proxy/apply/listener-set.ts';
import { wantedSockets } from '../../../proxy/plan/listeners.ts';
import type { PortTable, RoutingTable } from '../../../proxy/plan/routing-table.ts';
import type { SocketState } from '../../../proxy/plan/serving.ts';
import { plainPort, ruleFor } from '../../support/proxy/table.ts';

const A = '192.0.2.1' as IpAddress;
const B = '192.0.2.2' as IpAddress;
const port = (address: string, number: number): PortTable => plainPort([ruleFor('/')], { address, port: number });
const table = (...ports: readonly PortTable[]): RoutingTable => ({ ports });
/** Everything in the table is open. */
const allOpen = (given: RoutingTable): readonly SocketState[] =>
  wantedSockets(given).map((socket) => ({ kind: 'open', socket }));
const none = table();

let now = 0;
let set: ListenerSet;

beforeEach(() => {
  now = 1000;
  set = new ListenerSet({ now: () => now, monotonic: () => now });
  set.want(table(port(A, 80), port(A, 443), port(B, 80)), []);
});

describe('the sockets of a node', () => {
  test('of an address that goes stay open, with their rules, until the speaker has withdrawn it', () => {
    set.setAnnounced([A, B]);
    const before = set.table();
    set.want(table(port(B, 80)), allOpen(before));
    expect(set.table().ports).toEqual([port(B, 80), port(A, 80), port(A, 443)]);
    expect(set.served(allOpen(set.table()))).toEqual([
      { address: A, state: 'closing', ports: expect.any(Array) },
      { address: B, state: 'serving', ports: [{ port: 80, protocol: 'TCP' }] },
    ]);
    now += 1000;
    expect(set.release()).toBe(false);
    set.setAnnounced([B]);
    expect(set.release()).toBe(true);
    expect(set.table().ports).toEqual([port(B, 80)]);
    expect(set.isLingering()).toBe(false);
  });

  test('are closed after the grace when no speaker says anything', () => {
    set.want(none, allOpen(set.table()));
    now += CLOSE_GRACE_MS - 1;
    expect(set.release()).toBe(false);
    now += 1;
    expect(set.release()).toBe(true);
  });

  test('wait a moment even for a speaker that never announced the address: it may be about to', () => {
    set.setAnnounced([]);
    set.want(none, allOpen(set.table()));
    expect(set.release()).toBe(false);
    now += 300;
    expect(set.release()).toBe(true);
  });

  test('of a single port are closed at once while its address goes on', () => {
    set.want(table(port(A, 80), port(B, 80)), allOpen(set.table()));
    expect(set.table().ports).toEqual([port(A, 80), port(B, 80)]);
    expect(set.isLingering()).toBe(false);
  });

  test('that are wanted again stay as if nothing had been', () => {
    const before = set.table();
    set.want(none, allOpen(before));
    set.want(before, allOpen(before));
    now += CLOSE_GRACE_MS;
    expect(set.release()).toBe(false);
    expect(set.table()).toEqual(before);
  });

  test('that were never opened need no withdrawal', () => {
    set.want(none, []);
    expect(set.table().ports).toEqual([]);
  });
});

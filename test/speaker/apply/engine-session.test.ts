// What is known of a BGP daemon that refuses, hangs or goes away; the daemon is played behind the BgpEngine seam.
import { describe, expect, test } from '@jest/globals';
import { hostPrefix } from '../../../net/address.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { type BgpEngine, BgpEngineError } from '../../../speaker/apply/bgp-engine.ts';
import { EngineSession } from '../../../speaker/apply/engine-session.ts';
import type { BgpChange, BgpState, DesiredBgp, Route } from '../../../speaker/plan/bgp.ts';
import { planBgp, planVerdicts } from '../../../speaker/plan/routes.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { allocation, ip, reporting, served, snapshotOf } from '../support/objects.ts';

const never = new AbortController().signal;
const route = (address: string): Route => ({
  prefix: hostPrefix(ip(address)),
  nextHop: ip('10.10.0.11'),
  communities: [],
  localPreference: undefined,
  hiddenFrom: [],
});

/** Wants to announce these addresses to one peer. */
function desire(...addresses: readonly string[]): DesiredBgp {
  const snapshot = snapshotOf({
    allocations: addresses.map((address) => allocation(address)),
    served: reporting(addresses.map((address) => served(address))),
  });
  return planBgp(snapshot, planVerdicts(snapshot), undefined);
}

/** Holds the routes, and treats changes as it is told. */
class PlayedEngine implements BgpEngine {
  readonly name = 'played';
  treat: (changes: readonly BgpChange[]) => void = () => {};
  readonly #state: BgpState;

  constructor(routes: readonly Route[]) {
    const { identity, peers } = desire('203.0.113.10');
    this.#state = { identity, peers, isFiltered: true, routes };
  }

  observe = async (): Promise<BgpState> => this.#state;
  ping = async (): Promise<void> => {};
  apply = async (changes: readonly BgpChange[]): Promise<void> => this.treat(changes);
  watch = (): Promise<never> => new Promise(() => {});
  sessions = async (): Promise<[]> => [];
}

function sessionWith(engine: BgpEngine): EngineSession {
  return new EngineSession({
    connect: async () => ({ engine, [Symbol.dispose]: () => {} }),
    clock: systemClock,
    log: quietLog(),
    onChange: () => {},
  });
}

describe('the routes that the network may have heard of', () => {
  const held = [route('203.0.113.10')];

  test('are those observed, then those that were taken over', async () => {
    using session = sessionWith(new PlayedEngine(held));
    await session.refresh([], never);
    expect(prefixes(session)).toEqual(['203.0.113.10/32']);
    await session.advance(desire('203.0.113.11'), never);
    expect(prefixes(session)).toEqual(['203.0.113.11/32']);
  });

  test('stay known when the daemon refuses a change: a refused peer does not look like a withdrawal', async () => {
    const engine = new PlayedEngine(held);
    engine.treat = () => {
      throw new BgpEngineError('Refused', 'no such thing');
    };
    using session = sessionWith(engine);
    await session.refresh([], never);
    await expect(session.advance(desire('203.0.113.10', '203.0.113.11'), never)).rejects.toThrow('no such thing');
    expect(prefixes(session)).toEqual(['203.0.113.10/32', '203.0.113.11/32']);
    await expect(session.refresh([], never)).resolves.toMatchObject({ routes: held });
    expect(prefixes(session)).toEqual(['203.0.113.10/32']);
    await expect(session.retreat(desire(), never)).rejects.toThrow('no such thing');
    expect(prefixes(session)).toEqual(['203.0.113.10/32']);
  });

  test('are none of a daemon that is out of reach', async () => {
    const engine = new PlayedEngine(held);
    engine.treat = () => {
      throw new BgpEngineError('Unreachable', 'gone');
    };
    using session = sessionWith(engine);
    await session.refresh([], never);
    await expect(session.advance(desire('203.0.113.11'), never)).rejects.toThrow('gone');
    expect(prefixes(session)).toEqual([]);
  });
});

function prefixes(session: EngineSession): readonly string[] {
  return session.routes.map(({ prefix }) => prefix).toSorted();
}

// Taking addresses that are free: by name, or the first that a pool has left.
import type { IpAddress, IpFamily } from '../../net/address.ts';
import type { Claim } from './claims.ts';
import type { Assignment, Decision, Refusal } from './decision.ts';
import type { Ledger } from './ledger.ts';
import type { Pool } from './pools.ts';
import { describeVerdict, judgeFamily, judgeRequest, type PoolVerdict } from './verdicts.ts';

/** At most this many pools are named in one message. */
const MAX_POOLS_IN_MESSAGE = 8;

/** What a choice is made from. */
export interface Offer {
  readonly pools: readonly Pool[];
  readonly ledger: Ledger;
}

interface Judged {
  readonly pool: Pool;
  readonly verdict: PoolVerdict;
}

interface Chosen {
  readonly taken: readonly Assignment[];
  readonly refusals: readonly Refusal[];
}

/** Gives the addresses that were asked for, and never another one in their place. */
export function chooseRequested(
  { claim, kept, missing }: { claim: Claim; kept: readonly Assignment[]; missing: readonly IpAddress[] },
  { pools, ledger }: Offer,
): Decision {
  const { taken, refusals }: { taken: Assignment[]; refusals: Refusal[] } = { taken: [], refusals: [] };
  for (const address of missing) {
    const judged = pools.map((pool): Judged => ({ pool, verdict: judgeRequest(claim, pool, { address, ledger }) }));
    const giving = judged.find(({ verdict }) => verdict.kind === 'gives');
    if (giving === undefined) {
      refusals.push(refusalOfRequest(address, judged));
      continue;
    }
    ledger.take(address, claim.key);
    taken.push({ address, pool: giving.pool.name, source: 'requested' });
  }
  return decisionOf(kept, { taken, refusals });
}

/**
 * Gives one address of each family that is missing. Where all are needed (RequireDualStack), none is given before all
 * can be; where any will do (PreferDualStack), what a pool lacks now may come later.
 */
export function chooseForFamilies(
  ask: { claim: Claim; kept: readonly Assignment[]; missing: readonly IpFamily[]; need: 'all' | 'any' },
  { pools, ledger }: Offer,
): Decision {
  const { claim, kept, missing, need } = ask;
  const found = missing.map((family) => ({ family, ...findFree(claim, family, { pools, ledger }) }));
  const refusals = found.flatMap(({ assignment, family, judged }) =>
    assignment === undefined ? [refusalOfFamily(family, judged)] : [],
  );
  if (need === 'all' && refusals.length > 0) return decisionOf(kept, { taken: [], refusals });
  const taken = found.flatMap(({ assignment }) => assignment ?? []);
  for (const { address } of taken) ledger.take(address, claim.key);
  const isContent = need === 'any' && kept.length + taken.length > 0;
  return decisionOf(kept, { taken, refusals: isContent ? [] : refusals });
}

function findFree(
  claim: Claim,
  family: IpFamily,
  { pools, ledger }: Offer,
): { readonly assignment: Assignment | undefined; readonly judged: readonly Judged[] } {
  const judged = pools.map((pool): Judged => ({ pool, verdict: judgeFamily(claim, pool, { family, ledger }) }));
  for (const { pool, verdict } of judged) {
    if (verdict.kind === 'gives') {
      return { assignment: { address: verdict.address, pool: pool.name, source: 'auto' }, judged };
    }
  }
  return { assignment: undefined, judged };
}

function decisionOf(kept: readonly Assignment[], { taken, refusals }: Chosen): Decision {
  const addresses = [...kept, ...taken];
  const because = refusals.toSorted((a, b) => rank(a) - rank(b))[0];
  return because === undefined ? { kind: 'assigned', addresses } : { kind: 'refused', addresses, because };
}

/** Of several refusals the one is told that the administrator can act on most directly. */
function rank({ reason }: Refusal): number {
  return ['already_allocated', 'pool_selector_mismatch', 'out_of_ips', 'family_not_available', 'no_pool'].indexOf(
    reason,
  );
}

function refusalOfRequest(address: IpAddress, judged: readonly Judged[]): Refusal {
  const holding = judged.filter(({ verdict }) => verdict.kind !== 'outside');
  if (holding.some(({ verdict }) => verdict.kind === 'held')) {
    return { reason: 'already_allocated', message: describe(holding) };
  }
  if (holding.some(({ verdict }) => verdict.kind === 'does-not-select')) {
    return { reason: 'pool_selector_mismatch', message: describe(holding) };
  }
  const details = holding.length === 0 ? '' : `: ${describe(holding)}`;
  return { reason: 'no_pool', message: `no pool gives ${address}${details}` };
}

function refusalOfFamily(family: IpFamily, judged: readonly Judged[]): Refusal {
  const details = judged.length === 0 ? 'there is no LoadBalancerIPPool' : describe(judged);
  if (judged.some(({ verdict }) => verdict.kind === 'full')) return { reason: 'out_of_ips', message: details };
  if (judged.some(({ verdict }) => verdict.kind === 'other-family')) {
    return { reason: 'family_not_available', message: `no pool has ${family} addresses for this Service: ${details}` };
  }
  return { reason: 'no_pool', message: details };
}

function describe(judged: readonly Judged[]): string {
  const told = judged.slice(0, MAX_POOLS_IN_MESSAGE);
  const sentences = told.map(({ pool, verdict }) => `pool ${pool.name} ${describeVerdict(verdict)}`);
  const rest = judged.length - told.length;
  return [...sentences, ...(rest > 0 ? [`and ${rest} more pools`] : [])].join('; ');
}

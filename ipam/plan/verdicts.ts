// What one pool says to one claim. The plan follows these verdicts, and `fairlead explain` prints them.
import { selects } from '../../api/labels.ts';
import type { ObjectKey } from '../../api/meta.ts';
import { addressToNumber, familyOf, type IpAddress, type IpFamily } from '../../net/address.ts';
import type { Claim } from './claims.ts';
import type { LedgerView } from './ledger.ts';
import type { Pool } from './pools.ts';

export type PoolVerdict =
  | { readonly kind: 'gives'; readonly address: IpAddress }
  | { readonly kind: 'does-not-give'; readonly because: string }
  | { readonly kind: 'does-not-select' }
  | { readonly kind: 'other-family'; readonly family: IpFamily }
  | { readonly kind: 'full'; readonly family: IpFamily }
  | { readonly kind: 'outside'; readonly address: IpAddress }
  | { readonly kind: 'set-aside'; readonly address: IpAddress }
  | { readonly kind: 'held'; readonly address: IpAddress; readonly holder: ObjectKey };

/** What the pool says to a claim that wants any address of this family. */
export function judgeFamily(
  claim: Claim,
  pool: Pool,
  ask: { readonly family: IpFamily; readonly ledger: LedgerView },
): PoolVerdict {
  const refusal = judgePool(claim, pool);
  if (refusal !== undefined) return refusal;
  const { family, ledger } = ask;
  if (pool.gives[family].size === 0n) return { kind: 'other-family', family };
  const address = ledger.firstFree(pool, family);
  return address === undefined ? { kind: 'full', family } : { kind: 'gives', address };
}

/** What the pool says to a claim that wants this very address. */
export function judgeRequest(
  claim: Claim,
  pool: Pool,
  ask: { readonly address: IpAddress; readonly ledger: LedgerView },
): PoolVerdict {
  const { address, ledger } = ask;
  if (pool.state.kind === 'broken') return { kind: 'does-not-give', because: describeState(pool) };
  if (!covers(pool, address)) return { kind: 'outside', address };
  const refusal = judgePool(claim, pool);
  if (refusal !== undefined) return refusal;
  const holder = ledger.holderOf(address);
  if (holder !== undefined) return { kind: 'held', address, holder };
  const isGiven = pool.gives[familyOf(address)].has(addressToNumber(address));
  return isGiven ? { kind: 'gives', address } : { kind: 'set-aside', address };
}

/** Whether a claim that holds this address in this pool, or is found with it, may go on holding it. */
export function mayHold(claim: Claim, pool: Pool, address: IpAddress): boolean {
  return covers(pool, address) && isSelected(claim, pool);
}

/** The verdict as the second half of a sentence that begins with the name of the pool. */
export function describeVerdict(verdict: PoolVerdict): string {
  switch (verdict.kind) {
    case 'gives':
      return `gives ${verdict.address}`;
    case 'does-not-give':
      return verdict.because;
    case 'does-not-select':
      return 'does not select this Service by its serviceSelector';
    case 'other-family':
      return `has no ${verdict.family} addresses`;
    case 'full':
      return `has no ${verdict.family} address left`;
    case 'outside':
      return `does not hold ${verdict.address}`;
    case 'set-aside':
      return `does not give ${verdict.address}: first and last addresses are set aside (allowFirstLastIPs: No)`;
    case 'held':
      return `cannot give ${verdict.address}: Service ${verdict.holder} holds it`;
    default:
      return verdict satisfies never;
  }
}

function judgePool(claim: Claim, pool: Pool): PoolVerdict | undefined {
  if (pool.state.kind !== 'usable') return { kind: 'does-not-give', because: describeState(pool) };
  return isSelected(claim, pool) ? undefined : { kind: 'does-not-select' };
}

function describeState({ state }: Pool): string {
  switch (state.kind) {
    case 'usable':
      return 'gives addresses';
    case 'disabled':
      return 'gives nothing: it is disabled';
    case 'conflicting':
      return `gives nothing: ${state.because}`;
    case 'broken':
      return `gives nothing: it cannot be read (${state.because})`;
    default:
      return state satisfies never;
  }
}

function isSelected(claim: Claim, { selector }: Pool): boolean {
  return selector === undefined || selects(selector, claim.labels);
}

function covers(pool: Pool, address: IpAddress): boolean {
  return pool.covers[familyOf(address)].has(addressToNumber(address));
}

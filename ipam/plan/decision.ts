// What the plan says of one claim.
import type { IPAllocation } from '../../api/fairlead.ts';
import type { IpamReason } from '../../api/reasons.ts';
import type { IpAddress } from '../../net/address.ts';

/** One address of a claim. Whether its IPAllocation exists already is for the diff to see. */
export interface Assignment {
  readonly address: IpAddress;
  readonly pool: string;
  readonly source: IPAllocation['spec']['source'];
}

/** Why a claim has not all that it wants. */
export interface Refusal {
  readonly reason: IpamReason;
  readonly message: string;
}

export type Decision =
  | { readonly kind: 'assigned'; readonly addresses: readonly Assignment[] }
  /** `addresses` are those that it has all the same. */
  | { readonly kind: 'refused'; readonly addresses: readonly Assignment[]; readonly because: Refusal };

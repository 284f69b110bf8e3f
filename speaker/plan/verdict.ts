import type { WithholdReason } from '../../api/reasons.ts';
import type { IpAddress } from '../../net/address.ts';

/** What the speaker decided about one address, and why: the same words in status, explanation and tests. */
export type Verdict = Announce | Withhold;

export interface Announce {
  readonly kind: 'announce';
  readonly address: IpAddress;
  readonly pool: string;
  /** Names of the BGPAdvertisements that ask for it, ascending. */
  readonly advertisements: readonly string[];
  /** Names of the BGPPeers that hear of it, ascending. */
  readonly peers: readonly string[];
}

export interface Withhold {
  readonly kind: 'withhold';
  readonly address: IpAddress;
  readonly reason: WithholdReason;
  readonly message: string;
}

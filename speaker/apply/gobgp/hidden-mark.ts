// How a route is kept from some peers: it carries one large community per such peer, a policy refuses it there, and the
// same policy takes all marks off before a route leaves. So the marks are seen in the engine's table and nowhere else.
import { addressToNumber, type IpAddress } from '../../../net/address.ts';

/** AS 4294967295, reserved for ever (RFC 7300): no real community has it. */
export const HIDDEN_MARK_ADMIN = 4_294_967_295;
/** What takes all marks off, as gobgp matches large communities. */
export const HIDDEN_MARK_PATTERN = `^${HIDDEN_MARK_ADMIN}:.*:.*$`;

export interface HiddenMark {
  readonly globalAdmin: number;
  readonly localData1: number;
  readonly localData2: number;
}

/** The mark of a peer: 64 bits of FNV-1a over its address. */
export function hiddenMark(peer: IpAddress): HiddenMark {
  const hash = fnv1a(addressToNumber(peer));
  return {
    globalAdmin: HIDDEN_MARK_ADMIN,
    localData1: Number(hash >> 32n),
    localData2: Number(hash & 0xffff_ffffn),
  };
}

export function formatMark(mark: HiddenMark): string {
  return `${mark.globalAdmin}:${mark.localData1}:${mark.localData2}`;
}

function fnv1a(value: bigint): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (let rest = value; rest > 0n; rest >>= 8n) hash = ((hash ^ (rest & 0xffn)) * 0x100_0000_01b3n) & (2n ** 64n - 1n);
  return hash;
}

// Values of gobgp v3's enumerations and the names of its Any-encoded messages.
import { SESSION_STATES, type SessionState } from '../../plan/bgp.ts';

export const TABLE_GLOBAL = 0;
export const AFI = { IPv4: 1, IPv6: 2 } as const;
export const SAFI_UNICAST = 1;
export const ORIGIN_IGP = 0;
export const POLICY_DIRECTION = { import: 1, export: 2 } as const;
export const ROUTE_ACTION = { accept: 1, reject: 2 } as const;
export const ROUTE_TYPE = { internal: 1, external: 2, local: 3 } as const;
export const DEFINED_SET = { neighbour: 1, largeCommunity: 6 } as const;
export const MATCH_ANY = 0;
export const COMMUNITY_ACTION = { remove: 1 } as const;
export const GLOBAL_RIB = 'global';
/** `neighbor_ip` of a path that came through the API: Go's text for no address. */
export const NO_NEIGHBOUR = '<nil>';

/** gobgp numbers its session states in the order of our names. */
export function sessionStateOf(value: number): SessionState {
  return SESSION_STATES[value] ?? 'Unknown';
}

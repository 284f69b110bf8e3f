// What the kernel does with packets for our addresses that no socket of this node wants, as nftables documents.
//
// SYN guard, always: a SYN for a served port that finds no listener is dropped. In the milliseconds between a proxy's
// death and the withdrawal the client hears nothing instead of a reset, repeats its SYN, and lands on another node.
//
// Second chance, while some node comes or goes: any other TCP packet without a socket is passed on to every other LB
// node, and dropped here. One of them has the connection. A packet that was passed on carries a DSCP mark and is not
// passed on again. See docs/decisions/0002-second-chance-and-syn-guard.md.
import { isFresh, type LBNode, type NodePhase } from '../../api/fairlead.ts';
import { familyOf, type IpAddress, type IpFamily } from '../../net/address.ts';
import type { HeldAddress, SpeakerSnapshot } from '../snapshot.ts';

export const TABLE = 'fairlead';

/** The ruleset of one family: our own table, and nothing else. */
export interface GuardDocument {
  readonly family: IpFamily;
  /** A whole `nft -f` document that replaces the table atomically, or removes it. */
  readonly text: string;
  /** Nothing is held: the table goes. */
  readonly isEmpty: boolean;
}

/** Where packets without a socket are passed on to; empty: nowhere, the kernel answers as ever. */
export interface SecondChance {
  /** The other nodes that come or go, by name: what this node reports that it is prepared for. */
  readonly forNodes: readonly string[];
  readonly targets: readonly IpAddress[];
}

/** DSCP 45, unassigned (RFC 8126 pool 2, for local use): this packet has had its second chance. */
const SECOND_CHANCE_MARK = '0x2d';

/** Phases in which routers move flows, or are about to. */
const MOVING_PHASES: readonly NodePhase[] = ['Joining', 'Settling', 'Preparing', 'Draining'];

/** Whom to pass packets on to: while any live node comes or goes, all other live nodes. */
export function planSecondChance(snapshot: SpeakerSnapshot): SecondChance {
  const live = snapshot.nodes.filter((node) => isFresh(node, snapshot.now) || node.metadata.name === snapshot.node);
  const moving = live.filter((node) => isMoving(node, snapshot));
  if (moving.length === 0) return { forNodes: [], targets: [] };
  const others = live.filter((node) => node.metadata.name !== snapshot.node);
  return {
    forNodes: moving
      .map((node) => node.metadata.name)
      .filter((name) => name !== snapshot.node)
      .toSorted(),
    targets: others.flatMap((node) => node.status.nodeAddresses).toSorted(),
  };
}

/** A drain shows in `spec` one watch event earlier than in the node's own status. */
function isMoving({ metadata, spec, status }: LBNode, { node: self, phase }: SpeakerSnapshot): boolean {
  if (metadata.name === self) return MOVING_PHASES.includes(phase.name);
  return MOVING_PHASES.includes(status.phase) || (spec.draining && status.phase !== 'Drained');
}

/** The documents of both families. */
export function planGuard(held: readonly HeldAddress[], chance: SecondChance): readonly GuardDocument[] {
  return (['IPv4', 'IPv6'] as const).map((family) => {
    const targets = chance.targets.filter((address) => familyOf(address) === family);
    const own = held.filter(({ address }) => familyOf(address) === family);
    return { family, text: documentOf(family, own, targets), isEmpty: own.length === 0 };
  });
}

function documentOf(family: IpFamily, held: readonly HeldAddress[], targets: readonly IpAddress[]): string {
  const words = family === 'IPv4' ? { nft: 'ip', type: 'ipv4_addr' } : { nft: 'ip6', type: 'ipv6_addr' };
  const replace = `add table ${words.nft} ${TABLE}\ndelete table ${words.nft} ${TABLE}\n`;
  if (held.length === 0) return replace;
  const guarded = held.flatMap(({ address, ports }) => ports.map((port) => `${address} . ${port}`));
  return `${replace}table ${words.nft} ${TABLE} {
  set held { type ${words.type}; ${elements(held.map(({ address }) => address))}}
  set guarded { type ${words.type} . inet_service; ${elements(guarded)}}
  chain input {
    type filter hook input priority filter - 10; policy accept;
    ${words.nft} daddr @held meta l4proto tcp goto held
  }
  chain held {
    tcp flags & (fin | syn | rst | ack) == syn goto opening
${targets.length === 0 ? '' : `    ${SOCKET_FOUND}\n    goto foreign\n`}  }
  chain opening {
    ${words.nft} daddr . tcp dport != @guarded accept
    socket transparent 0 accept
    socket transparent 1 accept
    drop
  }
${targets.length === 0 ? '' : foreignChain(words.nft, targets)}}
`;
}

/**
 * Accepts what belongs to a connection of this node. The kernel's early demultiplexing has attached the socket of an
 * established connection (or of a handshake) by now, and only then does `meta cgroup` match; a listener is found by
 * `socket` alone. TIME-WAIT is no full socket, which `socket wildcard` skips and `socket transparent` does not.
 */
const SOCKET_FOUND = `meta cgroup >= 0 accept
    socket wildcard 0 goto foreign
    socket wildcard 1 goto foreign
    socket transparent 0 accept
    socket transparent 1 accept`;

function foreignChain(nft: string, targets: readonly IpAddress[]): string {
  const copies = targets.map((target) => `    dup to ${target}\n`).join('');
  return `  chain foreign {
    ${nft} dscp ${SECOND_CHANCE_MARK} drop
    ${nft} dscp set ${SECOND_CHANCE_MARK}
${copies}    drop
  }
`;
}

/** nft refuses an empty list of elements. */
function elements(list: readonly string[]): string {
  return list.length === 0 ? '' : `elements = { ${list.join(', ')} }; `;
}

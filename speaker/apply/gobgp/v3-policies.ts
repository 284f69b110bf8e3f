// What keeps the engine a mere announcer: nothing that a peer says is believed or passed on, and a route that is hidden
// from a peer does not reach it.
import { Code, ConnectError } from '@connectrpc/connect';
import { hostPrefix, type IpAddress } from '../../../net/address.ts';
import { formatMark, HIDDEN_MARK_PATTERN, hiddenMark } from './hidden-mark.ts';
import type { GobgpV3Client } from './v3-client.ts';
import {
  COMMUNITY_ACTION,
  DEFINED_SET,
  GLOBAL_RIB,
  MATCH_ANY,
  POLICY_DIRECTION,
  ROUTE_ACTION,
  ROUTE_TYPE,
} from './v3-constants.ts';

const IMPORT = 'fairlead-import';
const HIDE = 'fairlead-hide';
const EXPORT = 'fairlead-export';

/** Whether filterEverything was done since the engine started. */
export async function isFiltered(client: GobgpV3Client, signal: AbortSignal): Promise<boolean> {
  const found = new Set<string>();
  for await (const { assignment } of client.listPolicyAssignment({ name: GLOBAL_RIB }, { signal })) {
    for (const policy of assignment?.policies ?? []) found.add(policy.name);
  }
  return found.has(IMPORT) && found.has(EXPORT);
}

/**
 * Import: our own routes only. Export: our own routes only, without marks, and not to those from whom they are hidden.
 * Everything else is rejected, so that two routers never reach each other through this node.
 */
export async function filterEverything(client: GobgpV3Client, signal: AbortSignal): Promise<void> {
  const isOurs = { routeType: ROUTE_TYPE.local };
  const unmark = { type: COMMUNITY_ACTION.remove, communities: [HIDDEN_MARK_PATTERN] };
  await define(client, { name: IMPORT, actions: { routeAction: ROUTE_ACTION.accept }, conditions: isOurs }, signal);
  const send = { routeAction: ROUTE_ACTION.accept, largeCommunity: unmark };
  await define(client, { name: EXPORT, actions: send, conditions: isOurs }, signal);
  await tolerateRepetition(client.addPolicy({ policy: { name: HIDE, statements: [] } }, { signal }));
  await assign(client, 'import', [IMPORT], signal);
  await assign(client, 'export', [HIDE, EXPORT], signal);
}

/** Makes the mark of that peer work. Before the peer is added; repeating it does nothing. */
export async function hideRoutesFrom(client: GobgpV3Client, peer: IpAddress, signal: AbortSignal): Promise<void> {
  const name = `${HIDE}-${peer}`;
  const neighbours = { definedType: DEFINED_SET.neighbour, name, list: [hostPrefix(peer)] };
  const marks = { definedType: DEFINED_SET.largeCommunity, name, list: [`^${formatMark(hiddenMark(peer))}$`] };
  await client.addDefinedSet({ definedSet: neighbours }, { signal });
  await client.addDefinedSet({ definedSet: marks }, { signal });
  const set = { type: MATCH_ANY, name };
  const statement = {
    name,
    conditions: { neighborSet: set, largeCommunitySet: set },
    actions: { routeAction: ROUTE_ACTION.reject },
  };
  await tolerateRepetition(client.addPolicy({ policy: { name: HIDE, statements: [statement] } }, { signal }));
}

interface Statement {
  readonly name: string;
  readonly conditions: { readonly routeType: number };
  readonly actions: {
    readonly routeAction: number;
    readonly largeCommunity?: { readonly type: number; readonly communities: string[] };
  };
}

async function define(client: GobgpV3Client, statement: Statement, signal: AbortSignal): Promise<void> {
  const policy = { name: statement.name, statements: [statement] };
  await tolerateRepetition(client.addPolicy({ policy }, { signal }));
}

async function assign(
  ...[client, direction, names, signal]: [GobgpV3Client, 'import' | 'export', readonly string[], AbortSignal]
): Promise<void> {
  const policies = names.map((name) => ({ name }));
  const assignment = {
    name: GLOBAL_RIB,
    direction: POLICY_DIRECTION[direction],
    policies,
    defaultAction: ROUTE_ACTION.reject,
  };
  await client.setPolicyAssignment({ assignment }, { signal });
}

/** Statements stay in gobgpd for as long as it lives, also when the speaker forgot that it made them. */
async function tolerateRepetition(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    if (code !== Code.Unknown || !rawMessage.includes('already defined')) throw error;
  }
}

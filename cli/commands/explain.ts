// `fairlead explain`: the verdicts of the plans, in sentences.
import { z } from 'zod';
import { addressOfAllocationName, isFresh, type LBNode } from '../../api/fairlead.ts';
import { KINDS, type KindName } from '../../api/kinds.ts';
import { type Condition, conditionSchema, type ObjectKey, objectKey } from '../../api/meta.ts';
import { explainClaim } from '../../ipam/plan/explain.ts';
import { IPAM_KINDS } from '../../ipam/snapshot.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type IpAddress, parseIpAddress } from '../../net/address.ts';
import { explainGateway, explainIngress, explainRoute } from '../../proxy/plan/explain.ts';
import { PROXY_KINDS } from '../../proxy/snapshot.ts';
import { explainAddress, explainPhase } from '../../speaker/plan/explain.ts';
import { discover, findType, pathOf } from '../api.ts';
import { ipamSnapshot, proxySnapshot } from '../snapshots.ts';
import { CommandError, type Terminal } from '../terminal.ts';
import { readWorld, type WorldReading } from '../world.ts';

export interface ExplainOptions {
  /** `kind/name`; `ip/ADDRESS` for an address. */
  readonly target: string;
  readonly namespace: string;
}

interface Question {
  readonly key: ObjectKey;
  readonly name: string;
  readonly world: WorldReading;
  readonly now: number;
}

const ALL_KINDS = [...new Set<KindName>([...PROXY_KINDS, ...IPAM_KINDS])];

/** Kinds with plans of their own; every other kind is explained by its conditions. */
const EXPLAINERS: Readonly<Record<string, (question: Question) => readonly string[]>> = {
  HTTPRoute: ({ key, world, now }) => explainRoute(key, proxySnapshot(world, now)),
  Gateway: explainGatewayWhole,
  Ingress: ({ key, world, now }) => explainIngress(key, proxySnapshot(world, now)),
  Service: explainServiceWhole,
  LBNode: explainNode,
  IPAllocation: explainAllocation,
};

/** Prints the sentences, one a line. An object that is not there is an error. */
export async function explain(
  client: KubeClient,
  { target, namespace }: ExplainOptions,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<void> {
  const [kind, name] = splitTarget(target);
  const now = Date.now();
  if (kind === 'ip') {
    const world = await readWorld(client, ALL_KINDS, signal);
    print(terminal, explainIp(readAddress(name), world, now));
    return;
  }
  const type = findType(await discover(client, signal), kind);
  const path = pathOf(type, { namespace, name });
  const object = await client.request('GET', path, { signal });
  const explainer = EXPLAINERS[type.kind];
  if (explainer === undefined) {
    print(terminal, explainConditions(object));
    return;
  }
  const world = await readWorld(client, ALL_KINDS, signal);
  print(terminal, explainer({ key: objectKey(type.namespaced ? namespace : undefined, name), name, world, now }));
}

function splitTarget(target: string): readonly [kind: string, name: string] {
  const [kind = '', name = '', ...rest] = target.split('/');
  if (kind !== '' && name !== '' && rest.length === 0) return [kind.toLowerCase(), name];
  throw new CommandError(`"${target}" is no KIND/NAME, such as httproute/site`, { exitCode: 2 });
}

function readAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address !== undefined) return address;
  throw new CommandError(`"${text}" is no IPv4 or IPv6 address`, { exitCode: 2 });
}

function explainGatewayWhole({ key, world, now }: Question): readonly string[] {
  const addresses = world
    .list('Gateway')
    .filter(({ metadata }) => objectKey(metadata.namespace, metadata.name) === key)
    .flatMap(({ status }) => status.addresses.flatMap(({ value }) => parseIpAddress(value) ?? []));
  const services = world
    .list('Service')
    .filter(({ metadata }) =>
      metadata.ownerReferences.some(({ kind, name }) => kind === 'Gateway' && key.endsWith(`/${name}`)),
    )
    .filter(({ metadata }) => key.startsWith(`${metadata.namespace}/`));
  return [
    ...explainGateway(key, proxySnapshot(world, now)),
    ...services.flatMap(({ metadata }) =>
      explainClaim(objectKey(metadata.namespace, metadata.name), ipamSnapshot(world, now)),
    ),
    ...addresses.flatMap((address) => explainAddress(address, world.list('LBNode'), now)),
  ];
}

function explainServiceWhole({ key, world, now }: Question): readonly string[] {
  const held = world
    .list('IPAllocation')
    .filter(({ spec: { owner } }) => objectKey(owner.namespace, owner.name) === key)
    .flatMap(({ spec }) => explainAddress(spec.address, world.list('LBNode'), now));
  return [...explainClaim(key, ipamSnapshot(world, now)), ...held];
}

/** The name spells the address; whether the object can be read or not, that is what is asked for. */
function explainAllocation({ name, world, now }: Question): readonly string[] {
  const address = addressOfAllocationName(name);
  return address === undefined
    ? [`IPAllocation ${name} does not bear the name of an address.`]
    : explainIp(address, world, now);
}

function explainIp(address: IpAddress, world: WorldReading, now: number): readonly string[] {
  const allocation = world.list('IPAllocation').find(({ spec }) => spec.address === address);
  if (allocation === undefined) return [`${address} is not allocated.`];
  const { owner, pool, source } = allocation.spec;
  return [
    `${address} of pool ${pool} belongs to ${owner.kind} ${owner.namespace}/${owner.name} (${source}, ${allocation.status.state}).`,
    ...explainAddress(address, world.list('LBNode'), now),
  ];
}

function explainNode({ name, world, now }: Question): readonly string[] {
  const node = world.list('LBNode').find(({ metadata }) => metadata.name === name);
  if (node === undefined) return [`LBNode ${name} cannot be read.`];
  if (isFresh(node, now)) return describeNode(node);
  // What it said before it fell silent need not be so any more.
  return [`${name} has not reported for more than 15 s: its speaker is down or cut off.`];
}

function describeNode({ metadata: { name }, status }: LBNode): readonly string[] {
  return [
    explainPhase(name, status.phase),
    status.connections === undefined
      ? 'Its proxy does not report.'
      : `Its proxy holds ${status.connections} connections.`,
    ...status.peers.map(
      (peer) =>
        `Session with ${peer.name} (${peer.address}) is ${peer.state}${peer.message === '' ? '' : `: ${peer.message}`}.`,
    ),
    ...status.announced.map(({ address }) => `It announces ${address}.`),
    ...status.withheld.map(({ address, reason, message }) => `It withholds ${address}: ${message} (${reason}).`),
  ];
}

const conditionedSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  status: z.looseObject({ conditions: z.array(conditionSchema).catch([]) }).catch({ conditions: [] }),
});

function explainConditions(object: unknown): readonly string[] {
  const { kind, metadata, status } = conditionedSchema.parse(object);
  const own = refusalOf(kind, object);
  const said = status.conditions.map(sayCondition);
  return [
    ...own,
    ...(said.length === 0 ? [`${kind} ${metadata.name} has no conditions: nobody has judged it.`] : said),
  ];
}

/** A pool's counts are conditions without a verdict, as Cilium has them: there the message is all that is said. */
function sayCondition({ type, status, reason, message }: Condition): string {
  if (status === 'Unknown' && reason === 'noreason') return `${type}: ${message}`;
  return `${type} is ${status} (${reason})${message === '' ? '' : `: ${message}`}`;
}

function refusalOf(kind: string, object: unknown): readonly string[] {
  const row = Object.values(KINDS).find((each) => each.kind === kind);
  const parsed = row?.parse(object);
  return parsed === undefined || parsed.ok
    ? []
    : parsed.errors.map(({ path, reason }) => `It cannot be read: ${path}: ${reason}.`);
}

function print(terminal: Terminal, sentences: readonly string[]): void {
  terminal.out(sentences.map((sentence) => `${sentence.endsWith('.') ? sentence : `${sentence}.`}\n`).join(''));
}

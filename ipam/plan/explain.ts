// Why a Service has its address, or has none: the plan's verdicts in sentences.
import type { ObjectKey } from '../../api/meta.ts';
import type { IpFamily } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import { type AllocationPlan, planAllocations } from './allocate.ts';
import type { Claim } from './claims.ts';
import type { Decision } from './decision.ts';
import { describeVerdict, judgeFamily, judgeRequest, type PoolVerdict } from './verdicts.ts';

/** Sentences about one Service: what it asks for, what it has, and what each pool says to the rest. */
export function explainClaim(key: ObjectKey, snapshot: IpamSnapshot): readonly string[] {
  const plan = planAllocations(snapshot);
  const claim = plan.claims.find((one) => one.key === key);
  const decision = plan.decisions.get(key);
  if (claim === undefined || decision === undefined) return [explainStranger(key, snapshot)];
  return [
    describeWish(claim),
    ...decision.addresses.map(({ address, pool, source }) => `It has ${address} from pool ${pool} (${source}).`),
    ...(decision.kind === 'refused' ? explainRefusal(claim, decision, plan) : []),
  ];
}

function explainStranger(key: ObjectKey, { services, refused }: IpamSnapshot): string {
  const broken = refused.find((one) => one.kind === 'Service' && one.key === key);
  if (broken !== undefined) return `Service ${key} cannot be read: ${broken.message}.`;
  const service = services.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key);
  if (service === undefined) return `There is no Service ${key}.`;
  if (service.metadata.deletionTimestamp !== undefined) return `Service ${key} is being deleted; it gets no address.`;
  if (service.spec.type !== 'LoadBalancer') {
    return `Service ${key} is of type ${service.spec.type}; only type LoadBalancer gets an address.`;
  }
  return `Service ${key} has loadBalancerClass ${service.spec.loadBalancerClass ?? '(none)'}, which is not ours.`;
}

function describeWish({ key, wish }: Claim): string {
  switch (wish.kind) {
    case 'addresses':
      return `Service ${key} asks for ${wish.addresses.join(' and ')}.`;
    case 'families':
      return `Service ${key} asks for ${wish.families.join(' and ')}${wish.need === 'any' ? ', or one of them' : ''}.`;
    case 'unreadable':
      return `Service ${key} asks for something that cannot be read: ${wish.because}.`;
    default:
      return wish satisfies never;
  }
}

function explainRefusal(
  claim: Claim,
  { addresses, because }: Extract<Decision, { kind: 'refused' }>,
  { pools, ledger }: AllocationPlan,
): readonly string[] {
  const outcome = `${addresses.length === 0 ? 'It has no address' : 'It lacks an address'}: ${because.reason}.`;
  if (claim.wish.kind === 'unreadable') return [outcome];
  if (pools.length === 0) return [outcome, 'There is no LoadBalancerIPPool.'];
  const has = new Set<string>(addresses.map(({ address }) => address));
  const { wish } = claim;
  const sentences = pools.flatMap((pool) => {
    const verdicts: readonly PoolVerdict[] =
      wish.kind === 'addresses'
        ? wish.addresses
            .filter((address) => !has.has(address))
            .map((address) => judgeRequest(claim, pool, { address, ledger }))
        : wish.families.map((family: IpFamily) => judgeFamily(claim, pool, { family, ledger }));
    return [...new Set(verdicts.map((verdict) => `Pool ${pool.name} ${describeVerdict(verdict)}.`))];
  });
  return [outcome, ...sentences];
}

// Gateway.status.addresses: what the Gateway's Service has got. Nothing else of a Gateway's status is ours.
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { AllocationPlan } from './allocate.ts';
import { ourGateways } from './gateway-services.ts';
import type { ServiceVerdict } from './managed-services.ts';
import { emptyPatch, type StatusPatch, sameTexts } from './status-patch.ts';

/** The patches of the Gateways whose addresses differ from those of their Services. */
export function planGatewayAddresses(
  services: ReadonlyMap<ObjectKey, ServiceVerdict>,
  { decisions }: AllocationPlan,
  snapshot: IpamSnapshot,
): readonly StatusPatch[] {
  return ourGateways(snapshot).flatMap((gateway): readonly StatusPatch[] => {
    const verdict = services.get(keyOf(gateway));
    const decision =
      verdict?.kind === 'wanted'
        ? decisions.get(objectKey(verdict.service.namespace, verdict.service.name))
        : undefined;
    const addresses = decision?.addresses.map(({ address }) => address) ?? [];
    const shown = gateway.status.addresses.map(({ value }) => value);
    if (sameTexts(shown, addresses)) return [];
    const values = addresses.map((value) => ({ type: 'IPAddress', value }));
    const told = [...new Set([...shown, ...addresses])];
    return [{ ...emptyPatch('Gateway', gateway), fields: { addresses: values }, addresses: told }];
  });
}

// From the Services that should be to the changes that make them so. Only what we made is ever changed or deleted.
import { ADDRESSES_ANNOTATION } from '../../api/annotations.ts';
import type { Service } from '../../api/core.ts';
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import { type DesiredService, INHERITED, isManaged } from './managed-services.ts';

export type ServiceChange =
  | { readonly kind: 'create'; readonly desired: DesiredService }
  | {
      readonly kind: 'update';
      readonly desired: DesiredService;
      /** Labels and annotations that we set earlier and that are not wanted any more. */
      readonly dropLabels: readonly string[];
      readonly dropAnnotations: readonly string[];
    }
  | { readonly kind: 'delete'; readonly key: ObjectKey; readonly uid: string };

/** What to create, update and delete, so that the Services of Gateways and IngressClasses are as desired. */
export function diffServices(desired: readonly DesiredService[], snapshot: IpamSnapshot): readonly ServiceChange[] {
  const managed = new Map(snapshot.services.filter(isManaged).map((service) => [keyOf(service), service]));
  const wanted = new Set(desired.map(({ namespace, name }) => objectKey(namespace, name)));
  const undecided = undecidedOwners(snapshot);
  const changes = desired.flatMap((service): readonly ServiceChange[] => {
    const observed = managed.get(objectKey(service.namespace, service.name));
    return observed === undefined ? [{ kind: 'create', desired: service }] : updateOf(service, observed);
  });
  const deletions = [...managed].flatMap(([key, { metadata }]): readonly ServiceChange[] => {
    const isOver = metadata.deletionTimestamp !== undefined;
    const mayStay = metadata.ownerReferences.some(({ uid }) => undecided.has(uid));
    return isOver || mayStay || wanted.has(key) ? [] : [{ kind: 'delete', key, uid: metadata.uid }];
  });
  return [...changes, ...deletions];
}

function updateOf(desired: DesiredService, { metadata, spec }: Service): readonly ServiceChange[] {
  const noted = (note: string): readonly string[] => metadata.annotations[note]?.split(',') ?? [];
  const ours = [ADDRESSES_ANNOTATION, ...Object.values(INHERITED), ...noted(INHERITED.annotations)];
  const dropLabels = leftOver(noted(INHERITED.labels), metadata.labels, desired.labels);
  const dropAnnotations = leftOver(ours, metadata.annotations, desired.annotations);
  const isAsDesired =
    dropLabels.length === 0 &&
    dropAnnotations.length === 0 &&
    includes(metadata.labels, desired.labels) &&
    includes(metadata.annotations, desired.annotations) &&
    metadata.ownerReferences.some(({ uid }) => uid === desired.owner.uid) &&
    Object.keys(spec.selector).length === 0 &&
    portList(spec.ports) === portList(desired.ports);
  return isAsDesired ? [] : [{ kind: 'update', desired, dropLabels, dropAnnotations }];
}

type Texts = Readonly<Record<string, string>>;

/** Which of our names are there and not wanted any more. */
function leftOver(names: readonly string[], observed: Texts, desired: Texts): readonly string[] {
  return names.filter((name) => observed[name] !== undefined && desired[name] === undefined);
}

function includes(all: Texts, some: Texts): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}

function portList(ports: readonly { name: string; port: number; protocol: string }[]): string {
  return ports.map(({ name, port, protocol }) => `${name}=${port}/${protocol}`).join();
}

/**
 * uids of Gateways of which we cannot tell whether they are ours: their class is gone or cannot be read. They keep
 * what they have, so that deleting a GatewayClass by mistake takes no address away.
 */
function undecidedOwners({ gateways, gatewayClasses, refused }: IpamSnapshot): ReadonlySet<string> {
  const known = new Set(gatewayClasses.map(({ metadata }) => metadata.name));
  const classless = gateways.filter(
    ({ metadata, spec }) => !known.has(spec.gatewayClassName) && metadata.deletionTimestamp === undefined,
  );
  const unreadable = refused.filter(({ kind }) => kind === 'Gateway' || kind === 'IngressClass');
  return new Set([
    ...classless.map(({ metadata }) => metadata.uid),
    ...unreadable.map(({ reference }) => reference.uid),
  ]);
}

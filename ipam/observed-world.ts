// The watched world as the snapshot wants it.
import { KINDS, type KindRow, type ObjectOf } from '../api/kinds.ts';
import { type ObjectReference, splitKey } from '../api/meta.ts';
import { formatFieldErrors } from '../api/parsed.ts';
import type { Refusal } from '../kube/object-store.ts';
import type { World } from '../kube/world.ts';
import { IPAM_KINDS, type IpamKind, type IpamWorld, type RefusedObject } from './snapshot.ts';

export function observeWorld(world: World): IpamWorld {
  return {
    list: <K extends IpamKind>(kind: K) => listOf(world, kind),
    refused: () => world.refusals().flatMap((refusal) => readRefusal(refusal) ?? []),
  };
}

/** The store of a row holds what the row's parser made: the type of that cannot be said of all rows at once. */
function listOf<K extends IpamKind>(world: World, kind: K): readonly ObjectOf<K>[] {
  const row: KindRow = KINDS[kind];
  return world.store(row).list() as readonly ObjectOf<K>[];
}

function readRefusal({ kind: name, key, uid, resourceVersion, errors }: Refusal): RefusedObject | undefined {
  const kind = IPAM_KINDS.find((one) => one === name);
  if (kind === undefined) return undefined;
  const reference: ObjectReference = { apiVersion: KINDS[kind].apiVersion, kind, ...splitKey(key), uid };
  return { kind, key, reference, resourceVersion, message: formatFieldErrors(errors) };
}

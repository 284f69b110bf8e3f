// Who may refer across namespaces: ReferenceGrants of the namespace that is referred to.
import type { Lookup } from './lookup.ts';

export interface ReferringObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

export interface ReferredObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether a reference may be followed: within one namespace always, else where any grant names both sides exactly. */
export function isGranted(lookup: Lookup, from: ReferringObject, to: ReferredObject): boolean {
  if (from.namespace === to.namespace) return true;
  return (lookup.grants.get(to.namespace) ?? []).some(
    ({ spec }) =>
      spec.from.some(
        ({ group, kind, namespace }) => group === from.group && kind === from.kind && namespace === from.namespace,
      ) &&
      spec.to.some(
        ({ group, kind, name }) =>
          group === to.group && kind === to.kind && (name === undefined || name === '' || name === to.name),
      ),
  );
}

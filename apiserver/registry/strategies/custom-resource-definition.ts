// CustomResourceDefinitions: names that fit together, one version that is stored, a schema for each.
import { arrayAt, type Json, type JsonObject, objectAt, stringAt, valueAt } from '../../json.ts';
import { finalizersOf, nameOf, withMetadata } from '../../object.ts';
import { structureCauses } from '../../schema/structure.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy } from '../kind.ts';
import { fill, inside, invalidValue, oneOf, required } from './fields.ts';

/** Held by the server itself while objects of the kind are being removed. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export const CUSTOM_RESOURCE_DEFINITION: Strategy = {
  prepare: (definition, previous) => (previous === undefined ? { ...withCleanup(definition), status: {} } : definition),
  default: (definition) =>
    inside(definition, 'spec', (spec) =>
      inside(fill(spec, { conversion: { strategy: 'None' } }), 'names', (names) => {
        const kind = stringAt(names, 'kind') ?? '';
        return fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
      }),
    ),
  validate: (definition, previous) => [
    ...nameCauses(definition),
    ...versionCauses(arrayAt(definition, 'spec', 'versions')),
    ...oneOf('spec.scope', valueAt(definition, 'spec', 'scope') ?? '', ['Cluster', 'Namespaced']),
    ...(previous === undefined ? [] : changeCauses(definition, previous)),
  ],
};

/** The definition stays until the objects of its kind are gone. */
function withCleanup(definition: JsonObject): JsonObject {
  const finalizers = [...new Set([...finalizersOf(definition), CLEANUP_FINALIZER])];
  return withMetadata(definition, 'finalizers', finalizers);
}

function nameCauses(definition: JsonObject): readonly Cause[] {
  const [group, plural, kind] = [
    stringAt(definition, 'spec', 'group') ?? '',
    stringAt(definition, 'spec', 'names', 'plural') ?? '',
    stringAt(definition, 'spec', 'names', 'kind') ?? '',
  ];
  const expected = `${plural}.${group}`;
  return [
    ...(group === '' ? [required('spec.group')] : []),
    ...(plural === '' ? [required('spec.names.plural')] : []),
    ...(kind === '' ? [required('spec.names.kind')] : []),
    ...(nameOf(definition) === expected
      ? []
      : [invalidValue('metadata.name', nameOf(definition), `must be spec.names.plural+"."+spec.group`)]),
  ];
}

function versionCauses(versions: readonly Json[]): readonly Cause[] {
  const stored = versions.filter((version) => valueAt(version, 'storage') === true).length;
  const schemas = versions.flatMap((version, i) =>
    objectAt(version, 'schema', 'openAPIV3Schema') === undefined
      ? [required(`spec.versions[${i}].schema.openAPIV3Schema`, 'schemas are required')]
      : structureCauses(
          objectAt(version, 'schema', 'openAPIV3Schema') ?? {},
          `spec.versions[${i}].schema.openAPIV3Schema`,
        ),
  );
  if (stored === 1) return schemas;
  return [
    invalidValue('spec.versions', versions.length, 'must have exactly one version marked as storage version'),
    ...schemas,
  ];
}

function changeCauses(definition: JsonObject, previous: JsonObject): readonly Cause[] {
  const scope = stringAt(definition, 'spec', 'scope');
  if (scope === stringAt(previous, 'spec', 'scope')) return [];
  return [invalidValue('spec.scope', scope, 'field is immutable')];
}

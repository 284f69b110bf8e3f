// Pods.
import { arrayAt, equals, type JsonObject, objectAt, omit, stringAt } from '../../json.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy } from '../kind.ts';
import { duplicate, fill, forbiddenField, inside, required } from './fields.ts';
import { defaultPodSpec } from './pod-spec.ts';

/** What of a running pod's spec may change; `nodeName` once, when it is placed. */
const MUTABLE = ['tolerations', 'activeDeadlineSeconds', 'terminationGracePeriodSeconds', 'schedulingGates'];

export const POD: Strategy = {
  prepare: (pod, previous) => (previous === undefined ? { ...pod, status: firstStatus(pod) } : pod),
  default: (pod) =>
    inside(pod, 'spec', (spec) =>
      fill(defaultPodSpec(spec), {
        enableServiceLinks: true,
        serviceAccountName: 'default',
        serviceAccount: 'default',
      }),
    ),
  validate: (pod, previous) => [
    ...podSpecCauses(pod['spec'] ?? {}, 'spec'),
    ...(previous === undefined ? [] : changeCauses(pod, previous)),
  ],
};

/** What is wrong with the spec of a pod or of a template. */
export function podSpecCauses(spec: NonNullable<JsonObject[string]>, path: string): readonly Cause[] {
  const containers = arrayAt(spec, 'containers');
  if (containers.length === 0) return [required(`${path}.containers`)];
  const names = new Set<string>();
  return containers.flatMap((container, i) => {
    const at = `${path}.containers[${i}]`;
    const name = stringAt(container, 'name') ?? '';
    const isKnown = names.has(name);
    names.add(name);
    return [
      ...(name === '' ? [required(`${at}.name`)] : []),
      ...(isKnown && name !== '' ? [duplicate(`${at}.name`, name)] : []),
      ...((stringAt(container, 'image') ?? '') === '' ? [required(`${at}.image`)] : []),
    ];
  });
}

function firstStatus(pod: JsonObject): JsonObject {
  return {
    phase: 'Pending',
    qosClass: qosOf(arrayAt(pod, 'spec', 'containers').map((c) => objectAt(c, 'resources') ?? {})),
  };
}

function qosOf(resources: readonly JsonObject[]): string {
  const named = (part: string, resource: JsonObject): JsonObject => objectAt(resource, part) ?? {};
  if (resources.every((r) => equals(named('limits', r), {}) && equals(named('requests', r), {}))) return 'BestEffort';
  const isGuaranteed = resources.every((resource) => {
    const limits = named('limits', resource);
    return ['cpu', 'memory'].every(
      (key) => limits[key] !== undefined && equals(named('requests', resource)[key] ?? limits[key], limits[key]),
    );
  });
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function changeCauses(pod: JsonObject, previous: JsonObject): readonly Cause[] {
  const [next, before] = [fixedPart(pod, previous), fixedPart(previous, previous)];
  if (equals(next, before)) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`',
    ),
  ];
}

function fixedPart(pod: JsonObject, previous: JsonObject): JsonObject {
  const spec = objectAt(pod, 'spec') ?? {};
  const isPlaced = (stringAt(previous, 'spec', 'nodeName') ?? '') !== '';
  const withoutImages = (key: string): JsonObject =>
    spec[key] === undefined
      ? {}
      : { [key]: arrayAt(spec, key).map((c) => omit(c as JsonObject, ['image', 'resources'])) };
  return {
    ...omit(spec, [...MUTABLE, ...(isPlaced ? [] : ['nodeName'])]),
    ...withoutImages('containers'),
    ...withoutImages('initContainers'),
  };
}

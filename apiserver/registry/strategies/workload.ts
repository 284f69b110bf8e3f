// Deployments, ReplicaSets, StatefulSets and DaemonSets: stored with their defaults; controllers live elsewhere.
import { equals, type Json, type JsonObject, objectAt, valueAt } from '../../json.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy } from '../kind.ts';
import { fill, inside, invalidValue, required } from './fields.ts';
import { podSpecCauses } from './pod.ts';
import { defaultPodSpec } from './pod-spec.ts';

const ROLLING = { maxUnavailable: '25%', maxSurge: '25%' };

export const DEPLOYMENT: Strategy = workload((spec) => {
  const filled = fill(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  return inside(filled, 'strategy', (strategy) => rolling(strategy, ROLLING));
});

export const REPLICA_SET: Strategy = workload((spec) => fill(spec, { replicas: 1 }));

export const STATEFUL_SET: Strategy = workload((spec) => {
  const filled = fill(spec, {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: {},
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  });
  return inside(filled, 'updateStrategy', (strategy) => rolling(strategy, { partition: 0 }));
});

export const DAEMON_SET: Strategy = workload((spec) => {
  const filled = fill(spec, { updateStrategy: {}, revisionHistoryLimit: 10 });
  return inside(filled, 'updateStrategy', (strategy) => rolling(strategy, { maxUnavailable: 1, maxSurge: 0 }));
});

function workload(defaultSpec: (spec: JsonObject) => JsonObject): Strategy {
  return {
    prepare: (object, previous) => (previous === undefined ? { ...object, status: {} } : object),
    default: (object) => inside(object, 'spec', (spec) => inside(defaultSpec(spec), 'template', defaultTemplate)),
    validate: (object, previous) => [...selectorCauses(object, previous), ...templateCauses(object)],
  };
}

function rolling(strategy: JsonObject, parameters: JsonObject): JsonObject {
  const typed = fill(strategy, { type: 'RollingUpdate' });
  if (typed['type'] !== 'RollingUpdate') return typed;
  return inside(fill(typed, { rollingUpdate: {} }), 'rollingUpdate', (given) => fill(given, parameters));
}

function defaultTemplate(template: JsonObject): JsonObject {
  return inside(template, 'spec', defaultPodSpec);
}

function selectorCauses(object: JsonObject, previous: JsonObject | undefined): readonly Cause[] {
  const selector = valueAt(object, 'spec', 'selector');
  if (selector === undefined) return [required('spec.selector')];
  if (previous !== undefined && !equals(selector, valueAt(previous, 'spec', 'selector')))
    return [invalidValue('spec.selector', selector, 'field is immutable')];
  const labels = objectAt(object, 'spec', 'template', 'metadata', 'labels') ?? {};
  const wanted = Object.entries(objectAt(selector, 'matchLabels') ?? {});
  if (wanted.every(([key, value]) => equals(labels[key], value))) return [];
  return [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

function templateCauses(object: JsonObject): readonly Cause[] {
  const spec: Json = valueAt(object, 'spec', 'template', 'spec') ?? {};
  return podSpecCauses(spec ?? {}, 'spec.template.spec');
}

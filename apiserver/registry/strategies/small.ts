// Kinds with a rule or two.
import { equals, isObject, objectAt, stringAt, valueAt } from '../../json.ts';
import type { Strategy } from '../kind.ts';
import { invalidValue, required } from './fields.ts';

export const LEASE: Strategy = {
  validate: (lease) => {
    const spec = objectAt(lease, 'spec') ?? {};
    const [duration, transitions] = [spec['leaseDurationSeconds'], spec['leaseTransitions']];
    return [
      ...(typeof duration === 'number' && duration <= 0
        ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
        : []),
      ...(typeof transitions === 'number' && transitions < 0
        ? [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
        : []),
    ];
  },
};

export const EVENT: Strategy = {
  validate: (event) => {
    // The namespace of a cluster-scoped object's event is "default", by convention of the recorder.
    const about = objectAt(event, 'involvedObject') ?? objectAt(event, 'regarding') ?? {};
    const [aboutNamespace, namespace] = [stringAt(about, 'namespace') ?? '', stringAt(event, 'metadata', 'namespace')];
    if (aboutNamespace === '' || aboutNamespace === namespace) return [];
    return [invalidValue('involvedObject.namespace', aboutNamespace, 'does not match event.namespace')];
  },
};

/** RoleBinding and ClusterRoleBinding: what is bound never changes. */
export const BINDING: Strategy = {
  validate: (binding, previous) => {
    const role = valueAt(binding, 'roleRef');
    if (!isObject(role)) return [required('roleRef')];
    if (previous === undefined || equals(role, valueAt(previous, 'roleRef'))) return [];
    return [invalidValue('roleRef', role, 'cannot change roleRef')];
  },
};

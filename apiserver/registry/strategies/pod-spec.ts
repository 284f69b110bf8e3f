// Defaults of pods and pod templates: what the real server fills in and controllers rely on.
import { type JsonObject, objectAt, stringAt } from '../../json.ts';
import { each, fill, inside } from './fields.ts';

const DEFAULT_MODE = 0o644;
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** A pod's spec with its defaults. */
export function defaultPodSpec(spec: JsonObject): JsonObject {
  const account = stringAt(spec, 'serviceAccountName') ?? stringAt(spec, 'serviceAccount');
  const filled = fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...(account === undefined ? {} : { serviceAccountName: account, serviceAccount: account }),
  });
  const containers = each(filled, 'containers', defaultContainer);
  return each(each(containers, 'initContainers', defaultContainer), 'volumes', defaultVolume);
}

function defaultContainer(container: JsonObject): JsonObject {
  const filled = fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(stringAt(container, 'image') ?? ''),
    resources: {},
  });
  const ported = each(filled, 'ports', (port) => fill(port, { protocol: 'TCP' }));
  const fromFields = each(ported, 'env', (variable) =>
    inside(variable, 'valueFrom', (source) => inside(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' }))),
  );
  return PROBES.reduce((holder, probe) => inside(holder, probe, defaultProbe), fromFields);
}

/** Always for `latest` and for no tag, IfNotPresent for a tag or digest that says what it is. */
function pullPolicy(image: string): string {
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  const isPinned = lastPart.includes('@') || (lastPart.includes(':') && !lastPart.endsWith(':latest'));
  return isPinned ? 'IfNotPresent' : 'Always';
}

function defaultProbe(probe: JsonObject): JsonObject {
  const timed = fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  return inside(timed, 'httpGet', (action) => fill(action, { path: '/', scheme: 'HTTP' }));
}

function defaultVolume(volume: JsonObject): JsonObject {
  const moded = ['secret', 'configMap', 'downwardAPI', 'projected'].reduce(
    (holder, source) => inside(holder, source, (inner) => fill(inner, { defaultMode: DEFAULT_MODE })),
    volume,
  );
  return Object.keys(moded).length === 1 && objectAt(moded, 'emptyDir') === undefined
    ? { ...moded, emptyDir: {} }
    : moded;
}

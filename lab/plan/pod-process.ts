// How a Pod becomes a process: what its echo server is told, and what the Pod's status says of it.
import type { Secret } from '../../api/core.ts';
import type { EchoConfig } from '../echo/identity.ts';
import type { Container, Pod } from './kinds.ts';

/** What `kubectl get pods` shows of a Pod whose process ended or could not listen. */
const CRASHED = { reason: 'CrashLoopBackOff', message: 'the process ended; it is started again' };
const TLS_SECRET = 'kubernetes.io/tls';

/** Where the Pod runs. */
export interface Placement {
  readonly address: string;
  readonly hostAddress: string;
}

/** The echo server's view of the Pod: all ports of all containers, and the first TLS Secret that it mounts. */
export function echoConfigOf(pod: Pod, { address }: Placement, secrets: readonly Secret[]): EchoConfig {
  return {
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace ?? 'default',
    node: pod.spec.nodeName,
    ip: address,
    ports: pod.spec.containers.flatMap(({ ports }) =>
      ports.flatMap(({ name, containerPort, protocol }) =>
        protocol === 'SCTP' ? [] : [{ name, port: containerPort, protocol }],
      ),
    ),
    tls: tlsOf(pod, secrets),
  };
}

/** The variables of all containers, with `fieldRef`s filled in; what the lab cannot know is left out. */
export function environmentOf(pod: Pod, placement: Placement): Readonly<Record<string, string>> {
  const entries = pod.spec.containers
    .flatMap(({ env }) => env)
    .map((variable) => {
      return [variable.name, variable.value ?? fieldOf(variable, pod, placement)] as const;
    });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Names of the Secrets that the Pod mounts. */
export function mountedSecrets(pod: Pod): readonly string[] {
  return pod.spec.volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName]));
}

export interface ProcessState {
  readonly isListening: boolean;
  readonly restarts: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** The status that a kubelet would write. */
export function podStatus(
  pod: Pod,
  { address, hostAddress }: Placement,
  { isListening, restarts, startedAt }: ProcessState,
): Readonly<Record<string, unknown>> {
  const ready = isListening ? 'True' : 'False';
  const condition = (type: string, status: string): Readonly<Record<string, string>> => ({
    type,
    status,
    lastTransitionTime: startedAt,
  });
  return {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    startTime: startedAt,
    qosClass: 'BestEffort',
    conditions: [
      condition('PodScheduled', 'True'),
      condition('Initialized', 'True'),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: 'fairlead-lab/echo',
      ready: isListening,
      started: isListening,
      restartCount: restarts,
      state: isListening ? { running: { startedAt } } : { waiting: CRASHED },
    })),
  };
}

function tlsOf(pod: Pod, secrets: readonly Secret[]): EchoConfig['tls'] {
  const names = mountedSecrets(pod);
  const secret = secrets.find(
    ({ metadata, type }) =>
      type === TLS_SECRET && metadata.namespace === pod.metadata.namespace && names.includes(metadata.name),
  );
  const { 'tls.crt': certificate, 'tls.key': key } = secret?.data ?? {};
  return certificate === undefined || key === undefined
    ? undefined
    : { certificate: atob(certificate), key: atob(key) };
}

function fieldOf(
  { valueFrom }: Container['env'][number],
  { metadata, spec }: Pod,
  { address, hostAddress }: Placement,
): string | undefined {
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'status.podIP': address,
    'status.hostIP': hostAddress,
  };
  return fields[valueFrom?.fieldRef?.fieldPath ?? ''];
}

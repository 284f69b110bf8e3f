// Which worker a new Pod goes to.
import type { Pod } from './kinds.ts';

const HOSTNAME_LABEL = 'kubernetes.io/hostname';

/** The worker with the fewest Pods, the first of equals; undefined when the Pod's nodeSelector allows none. */
export function pickWorker(pod: Pod, workers: readonly string[], pods: readonly Pod[]): string | undefined {
  const { [HOSTNAME_LABEL]: host, ...otherLabels } = pod.spec.nodeSelector;
  if (Object.keys(otherLabels).length > 0) return undefined;
  const load = (worker: string): number => pods.filter(({ spec }) => spec.nodeName === worker).length;
  return workers.filter((worker) => host === undefined || worker === host).toSorted((a, b) => load(a) - load(b))[0];
}

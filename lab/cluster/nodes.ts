// The workers as Node objects, so that `kubectl get nodes` and everything that looks a node up finds them.
import { objectKey } from '../../api/meta.ts';
import { NODE } from '../plan/kinds.ts';
import type { Objects } from './objects.ts';

/** Creates a Node for every worker and says that it is ready. */
export async function registerWorkers(
  { workers }: { readonly workers: ReadonlyMap<string, string> },
  objects: Objects,
  signal: AbortSignal,
): Promise<void> {
  for (const [name, address] of workers) {
    const labels = {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'node-role.kubernetes.io/worker': '',
    };
    await objects.create(
      NODE,
      { namespace: undefined, body: { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } } },
      signal,
    );
    const status = {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'LabIsUp', message: 'the lab runs this worker' }],
    };
    await objects.merge(NODE, { key: objectKey(undefined, name), body: { status }, subresource: 'status' }, signal);
  }
}

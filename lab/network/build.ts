// Makes the namespaces and cables of a lab, and takes them away again.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNamespaceOf } from '../plan/names.ts';
import { namespacesBatch, nodeScript, type PodWiring, podScript } from '../plan/network-script.ts';
import type { Topology } from '../plan/topology.ts';
import { productFolder } from '../state.ts';
import { run } from './children.ts';

/** Builds it all: about 0.1 s. The machine's own network is not touched. */
export async function buildNetwork(topology: Topology): Promise<void> {
  await run(['ip', '-batch', '-'], { input: namespacesBatch(topology) });
  await Promise.all(
    topology.nodes.map((plan) => run(inNamespace(plan.namespace, ['sh', '-es']), { input: nodeScript(plan) })),
  );
  const lbNodes = topology.nodes.filter(({ role }) => role === 'lb');
  await Promise.all(lbNodes.map(({ namespace }) => run(inNamespace(namespace, packageSysctls()))));
}

/** Makes a pod's namespace, wired to its worker: about 15 ms. */
export async function buildPodNetwork(pod: PodWiring): Promise<void> {
  await run(['sh', '-es'], { input: podScript(pod) });
}

/** Removes one namespace; its cables go with it. One that somebody else has removed meanwhile is no error. */
export async function removeNamespace(namespace: string): Promise<void> {
  try {
    await run(['ip', 'netns', 'delete', namespace]);
  } catch (error) {
    if ((await namedNamespaces()).includes(namespace)) throw error;
  }
}

/** All namespaces that exist of a lab, pods included. */
export async function namespacesOf(lab: string): Promise<readonly string[]> {
  return (await namedNamespaces()).filter((name) => isNamespaceOf(lab, name));
}

function namedNamespaces(): Promise<readonly string[]> {
  return readdir('/run/netns').catch(() => []);
}

/** `argv` inside a network namespace, everything else as outside. */
export function inNamespace(namespace: string, argv: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv];
}

/** An LB node gets what the package would have set there; a key that a kernel does not know is no reason to fail. */
function packageSysctls(): readonly string[] {
  return ['sysctl', '-q', '-e', '-p', join(productFolder(), 'systemd/sysctl.conf')];
}

// `fairlead drain NODE`: take an LB node out of service without losing a request, and watch it happen.
import type { LBNode, NodePhase } from '../../api/fairlead.ts';
import { parseLBNode } from '../../api/fairlead.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import type { KubeClient } from '../../kube/client.ts';
import { sleep } from '../../runtime/sleep.ts';
import { CommandError, type Terminal } from '../terminal.ts';

export interface DrainOptions {
  readonly node: string;
  /** Return when the node is drained; else as soon as it was asked to. */
  readonly wait: boolean;
  readonly timeoutMs: number;
}

interface Io {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const POLL_MS = 100;

/** Sets `spec.draining` and prints each phase until the node is Drained: nothing announced, no connection left. */
export async function drain(client: KubeClient, options: DrainOptions, io: Io): Promise<void> {
  await setDraining(client, { node: options.node, draining: true }, io.signal);
  io.terminal.out(`lbnode/${options.node} draining\n`);
  if (options.wait) await waitForPhase(client, { ...options, goal: ['Drained'] }, io);
}

/** In these phases a node announces what it serves. */
const IN_SERVICE: readonly NodePhase[] = ['Serving', 'Settling'];

/** Takes `spec.draining` back, prints each phase, and waits until the node serves again. */
export async function undrain(client: KubeClient, options: DrainOptions, io: Io): Promise<void> {
  await setDraining(client, { node: options.node, draining: false }, io.signal);
  io.terminal.out(`lbnode/${options.node} undrained\n`);
  if (options.wait) await waitForPhase(client, { ...options, goal: IN_SERVICE }, io);
}

async function setDraining(
  client: KubeClient,
  { node, draining }: { node: string; draining: boolean },
  signal: AbortSignal,
): Promise<void> {
  await client.request('PATCH', nodePath(node), {
    contentType: 'application/merge-patch+json',
    body: { spec: { draining } },
    signal,
  });
}

async function waitForPhase(
  client: KubeClient,
  { node, goal, timeoutMs }: DrainOptions & { readonly goal: readonly NodePhase[] },
  { terminal, signal }: Io,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let said = '';
  for (;;) {
    const { status } = await readNode(client, node, signal);
    const line = describe(status);
    if (line !== said) terminal.out(`lbnode/${node} ${line}\n`);
    said = line;
    if (goal.includes(status.phase)) return;
    if (performance.now() > deadline) {
      throw new CommandError(
        `timed out after ${timeoutMs / 1000}s: lbnode/${node} is ${line}, not ${goal[0]}. Is its fairlead-speaker running?`,
      );
    }
    await sleep(POLL_MS, signal);
  }
}

function describe(status: LBNode['status']): string {
  const connections = status.connections === undefined ? 'proxy does not report' : `${status.connections} connections`;
  return `${status.phase}: ${status.announced.length} addresses announced, ${connections}`;
}

async function readNode(client: KubeClient, node: string, signal: AbortSignal): Promise<LBNode> {
  const parsed = parseLBNode(await client.request('GET', nodePath(node), { signal }));
  if (parsed.ok) return parsed.value;
  throw new CommandError(`lbnode/${node} is not readable: ${formatFieldErrors(parsed.errors)}`);
}

function nodePath(node: string): string {
  return `/apis/fairlead.dev/v1alpha1/lbnodes/${encodeURIComponent(node)}`;
}

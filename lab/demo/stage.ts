// What every step of the demonstration works with.
import type { KubeClient } from '../../kube/client.ts';
import { sleep } from '../../runtime/sleep.ts';
import { inNamespace } from '../network/build.ts';
import { run } from '../network/children.ts';
import { enterCommand } from '../nodes/enter.ts';
import { namespaceOf } from '../plan/names.ts';

export interface Stage {
  readonly lab: string;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  /** Prints something that has become true, with what proves it. */
  readonly prove: (claim: string, proof?: string) => void;
}

export interface DemoStep {
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** A claim that did not come true. */
export class DemoFailure extends Error {
  readonly code = 'DEMO_FAILED';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DemoFailure';
  }
}

/** Throws DemoFailure unless the claim holds. */
export function claim(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new DemoFailure(otherwise);
}

const POLL_MS = 20;

/** Repeats `look` until it returns something; DemoFailure with `what` when that takes longer than `timeoutMs`. */
export async function until<T>(
  what: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() >= deadline) throw new DemoFailure(`not within ${timeoutMs / 1000} s: ${what}`);
    await sleep(POLL_MS, signal);
  }
}

/** Runs a command in a node and returns what it printed. */
export function inNode({ lab }: Stage, node: string, argv: readonly string[]): Promise<string> {
  const enters = node === 'client' || /^w\d/.test(node);
  return run(enters ? inNamespace(namespaceOf(lab, node), argv) : enterCommand(lab, node, argv));
}

/** The next hops that the router's kernel has for an address, `10.10.0.11` and so on. */
export async function nextHops(stage: Stage, address: string): Promise<readonly string[]> {
  const route = await run(['ip', '-n', namespaceOf(stage.lab, 'router'), 'route', 'show', address]);
  return [...route.matchAll(/via (\S+)/g)].map(([, hop = '']) => hop).toSorted();
}

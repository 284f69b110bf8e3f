import type { WeightedBackend } from '../../plan/routing-table.ts';

export type WeightedChoice = () => WeightedBackend | undefined;

/** No more than this many steps to find a random beginning. */
const MAX_PHASE = 1024;

/**
 * Smooth weighted round robin (nginx's): over any run of `sum of weights` requests each backend gets exactly its
 * weight, spread as evenly as can be. Starts at a random step, so that several workers do not all begin with the same
 * backend. Backends of weight 0 are never chosen; undefined when none is left.
 */
export function weightedChoice(backends: readonly WeightedBackend[], pick: () => number): WeightedChoice {
  const weighted = backends.filter(({ weight }) => weight > 0);
  const only = weighted[0];
  if (weighted.length <= 1) return () => only;
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const current = weighted.map(() => 0);
  const choose = (): WeightedBackend | undefined => {
    let best = 0;
    for (const [index, { weight }] of weighted.entries()) {
      current[index] = (current[index] ?? 0) + weight;
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index;
    }
    current[best] = (current[best] ?? 0) - total;
    return weighted[best];
  };
  const phase = Math.floor(pick() * Math.min(total, MAX_PHASE));
  for (let step = 0; step < phase; step++) choose();
  return choose;
}

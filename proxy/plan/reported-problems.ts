// What the leading proxy wrote into a Gateway's status and a plan made elsewhere cannot know: how its sockets fare.
import type { GatewayNode } from './nodes.ts';
import type { Refusal } from './verdict.ts';

/** Reasons of Programmed that come from the data path. All others are the plan's own, and known without it. */
const OF_DATA_PATH = ['AddressNotUsable', 'NoResources', 'Pending'] as const satisfies readonly Refusal['reason'][];

/** Why the Gateway is not programmed, as the proxy found it; only what it says of the generation that stands now. */
export function reportedProblems({ source: { metadata, status } }: GatewayNode): readonly Refusal[] {
  return status.conditions
    .filter(({ type, observedGeneration }) => type === 'Programmed' && observedGeneration === metadata.generation)
    .flatMap(({ status: value, reason: text, message }) => {
      const reason = OF_DATA_PATH.find((one) => one === text);
      return value === 'False' && reason !== undefined ? [{ reason, message }] : [];
    });
}

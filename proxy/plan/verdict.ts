// What the plan decided about one object, in the words of a Kubernetes condition.
import type { DesiredCondition } from '../../api/meta.ts';
import type { ProxyReason } from '../../api/reasons.ts';

export interface Verdict {
  /** The condition's type: `Accepted`, `ResolvedRefs`, … */
  readonly type: string;
  readonly holds: boolean;
  readonly reason: ProxyReason;
  readonly message: string;
}

/** Why something cannot be as its author wants it. */
export interface Refusal {
  readonly reason: ProxyReason;
  readonly message: string;
}

/** A verdict that all is well: its reason is its type, as the Gateway API has it. */
export function holds(type: ProxyReason, message: string): Verdict {
  return { type, holds: true, reason: type, message };
}

/** A verdict that something is amiss. */
export function fails(type: string, { reason, message }: Refusal): Verdict {
  return { type, holds: false, reason, message };
}

/** A verdict as a condition of the object's generation. */
export function conditionOf(verdict: Verdict, observedGeneration: number): DesiredCondition {
  const { type, reason, message } = verdict;
  return { type, status: verdict.holds ? 'True' : 'False', reason, message: cut(message), observedGeneration };
}

/** Whether the verdict of this type holds; false where there is none. */
export function doesHold(verdicts: readonly Verdict[], type: string): boolean {
  return verdicts.some((verdict) => verdict.type === type && verdict.holds);
}

/** Conditions take at most 32,768 characters; nobody reads more than a screen of them. */
function cut(message: string): string {
  return message.length <= 1024 ? message : `${message.slice(0, 1023)}…`;
}

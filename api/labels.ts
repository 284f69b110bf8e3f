// Label selectors as Kubernetes means them.
import { z } from 'zod';
import { rules } from './schema-notes.ts';

export const labelSelectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z
        .object({
          key: z.string(),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(z.string()).default([]),
        })
        .refine((e) => !(e.operator.endsWith('In') && e.values.length === 0), {
          path: ['values'],
          error: 'must hold at least one value for In and NotIn',
        })
        .meta(
          rules({
            rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)",
            message: 'must hold at least one value for In and NotIn',
            fieldPath: '.values',
          }),
        ),
    )
    .default([])
    // Bounds the cost of the rule above in a CRD; we read longer lists too.
    .meta({ maxItems: 64 }),
});
export type LabelSelector = z.infer<typeof labelSelectorSchema>;

/** Whether labels satisfy every requirement of a selector; the empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
  return equal && selector.matchExpressions.every((expression) => satisfies(expression, labels));
}

function satisfies(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return operator satisfies never;
  }
}

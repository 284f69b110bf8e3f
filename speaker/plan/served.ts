import type { ServingReport } from '../../api/serving-report.ts';

/** What the proxy of this node last said: nothing yet or nothing for too long is as good as serving nothing. */
export type Served =
  | { readonly kind: 'fresh'; readonly report: ServingReport }
  | { readonly kind: 'stale' }
  | { readonly kind: 'absent' };

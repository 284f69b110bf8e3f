import type { Endpoint } from '../../plan/routing-table.ts';

/** Spreads the requests of one backend over its endpoints. */
export interface Balancer {
  /** The endpoint for the next request; `tried` ones only when there is no other. Undefined: there is none at all. */
  pick(tried: readonly Endpoint[]): Endpoint | undefined;
  /** The endpoints that may be picked from now on. */
  update(endpoints: readonly Endpoint[]): void;
}

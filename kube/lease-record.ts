// The spec of a coordination.k8s.io/v1 Lease, as leader election reads and writes it.
import { z } from 'zod';

const leaseSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .default({}),
});

export type LeaseObject = z.infer<typeof leaseSchema>;
export type LeaseSpec = LeaseObject['spec'];

/** Undefined when the answer is no Lease. */
export function readLease(input: unknown): LeaseObject | undefined {
  return leaseSchema.safeParse(input).data;
}

export interface Claimant {
  readonly holder: string;
  readonly durationMs: number;
  /** Milliseconds since the epoch, for people: nobody's decision hangs on another's clock. */
  readonly now: number;
}

/** The spec by which `holder` takes over or renews. */
export function claimLease(before: LeaseSpec | undefined, { holder, durationMs, now }: Claimant): LeaseSpec {
  const isRenewal = before?.holderIdentity === holder;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: isRenewal ? before.acquireTime : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: before === undefined || isRenewal ? transitions : transitions + 1,
  };
}

/** The spec by which the holder lets go, so that the next need not wait for the lease to expire. */
export function releaseLease(before: LeaseSpec, now: number): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) };
}

/** metav1.MicroTime: six digits after the point. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

// Settings of `fairlead ipam`.
import { z } from 'zod';
import { programSettings } from './program.ts';

export const ipamSettings = z.object({
  ...programSettings({ debugSocket: '/run/fairlead-ipam/debug.sock', metricsAddress: '127.0.0.1:9651' }),
  defaultClass: z
    .boolean()
    .default(true)
    .meta({ description: 'serve Services of type LoadBalancer that name no loadBalancerClass, too' }),
  settleMs: z.number().int().min(0).max(10_000).default(50).meta({
    description: 'how long changes may gather before they are acted upon, in milliseconds',
    valueName: 'MS',
  }),
  leaseSeconds: z.number().int().min(1).max(300).default(15).meta({
    description: 'after so many seconds of silence another instance takes over',
    valueName: 'SECONDS',
  }),
});

export type IpamSettings = z.infer<typeof ipamSettings>;

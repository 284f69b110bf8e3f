// Settings of `fairlead speaker`.
import { z } from 'zod';
import { type IpAddress, parseIpAddress } from '../net/address.ts';
import { nodeSetting, programSettings } from './program.ts';

const address = z
  .string()
  .refine((text) => parseIpAddress(text) !== undefined, { error: 'must be an IPv4 or IPv6 address' })
  .transform((text) => parseIpAddress(text) as IpAddress);

export const speakerSettings = z.object({
  ...programSettings({ debugSocket: '/run/fairlead-speaker/debug.sock', metricsAddress: '127.0.0.1:9652' }),
  node: nodeSetting,
  gobgpSocket: z.string().default('/run/fairlead-gobgpd/api.sock').meta({
    description: 'unix socket of the gobgpd that this speaker drives; whatever routes it holds are taken for ours',
    valueName: 'PATH',
  }),
  servingSocket: z.string().default('/run/fairlead/serving.sock').meta({
    description: 'unix socket where the proxy of this node says what it serves',
    valueName: 'PATH',
  }),
  nodeAddress: z.array(address).default([]).meta({
    description:
      'addresses of this node for next hops, apart by commas (one of each family); empty: those that the routes to the peers use',
    valueName: 'IP[,IP]',
  }),
  routerId: address
    .refine((value) => !value.includes(':'), { error: 'must be an IPv4 address' })
    .optional()
    .meta({ description: 'BGP router id; absent: the IPv4 address of this node', valueName: 'IPV4' }),
  bgpPort: z.number().int().min(0).max(65535).default(179).meta({
    description: 'TCP port on which gobgpd accepts its peers; 0 for dialling only',
    valueName: 'PORT',
  }),
  withdrawAll: z.boolean().default(false).meta({
    description: 'withdraw every route from gobgpd and exit: for ExecStopPost= and emergencies',
  }),
});

export type SpeakerSettings = z.infer<typeof speakerSettings>;

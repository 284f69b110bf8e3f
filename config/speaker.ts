// Settings of `fairlead speaker`.
import { z } from 'zod';
import { type IpAddress, parseIpAddress } from '../net/address.ts';
import { nodeSetting, programSettings } from './program.ts';

const NO_ADDRESS = 'must be an IPv4 or IPv6 address';

const address = z
  .string()
  .refine((text) => parseIpAddress(text) !== undefined, { error: NO_ADDRESS })
  .transform((text) => parseIpAddress(text) as IpAddress);

/** Addresses apart by commas, or a list as a settings file has it. */
const addressList = z
  .union([z.string().transform((text) => text.split(',').map((part) => part.trim())), z.array(z.string())])
  .transform((parts, context) => {
    const addresses = parts.flatMap((part) => parseIpAddress(part) ?? []);
    if (addresses.length < parts.length) context.addIssue({ code: 'custom', message: NO_ADDRESS });
    return addresses;
  });

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
  nodeAddress: addressList.optional().meta({
    description:
      'addresses of this node for next hops, apart by commas (one of each family); absent: those that the routes to the peers use',
    valueName: 'IP[,IP]',
  }),
  routerId: address
    .refine((value) => !value.includes(':'), { error: 'must be an IPv4 address' })
    .optional()
    .meta({ description: 'BGP router id; absent: the IPv4 address of this node', valueName: 'IPV4' }),
  bgpPort: z.coerce.number().int().min(0).max(65535).default(179).meta({
    description: 'TCP port on which gobgpd accepts its peers; 0 for dialling only',
    valueName: 'PORT',
  }),
  withdrawAll: z.stringbool().or(z.boolean()).default(false).meta({
    description: 'withdraw every route from gobgpd and exit: for ExecStopPost= and emergencies',
  }),
});

export type SpeakerSettings = z.infer<typeof speakerSettings>;

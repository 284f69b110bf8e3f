// Settings of `fairlead proxy`.
import { z } from 'zod';
import { type IpPrefix, parseIpAddress, parsePrefixLoosely } from '../net/address.ts';
import { nodeSetting, programSettings } from './program.ts';

const network = z.string().transform((text, context): IpPrefix => {
  const prefix = parseIpAddress(text) === undefined ? parsePrefixLoosely(text) : parsePrefixLoosely(hostRange(text));
  if (prefix !== undefined) return prefix;
  context.addIssue({ code: 'custom', message: `${text} is no address and no prefix` });
  return z.NEVER;
});

const seconds = z.number().positive().max(86_400);

export const proxySettings = z.object({
  ...programSettings({ debugSocket: '/run/fairlead/proxy-debug.sock', metricsAddress: '127.0.0.1:9653' }),
  node: nodeSetting,
  workers: z.number().int().min(0).max(256).default(0).meta({
    description: 'worker processes that carry the traffic; 0: one for each processor',
  }),
  servingSocket: z.string().default('/run/fairlead/serving.sock').meta({
    description: 'unix socket (mode 0660) where the speaker of this node hears what is served',
    valueName: 'PATH',
  }),
  accessLog: z.string().default('stdout').meta({
    description: "where requests are logged, one JSON object a line: 'stdout', 'none', or a file that is appended to",
    valueName: 'stdout|none|FILE',
  }),
  trustedProxies: z.array(network).default([]).meta({
    description:
      'networks of proxies before us, apart by commas: their X-Forwarded-* are believed, all others replaced',
    valueName: 'CIDR[,CIDR]',
  }),
  leaseName: z.string().min(1).default('fairlead-proxy').meta({
    description: 'the Lease that decides which proxy writes status',
    valueName: 'NAME',
  }),
  leaseNamespace: z.string().min(1).default('fairlead-system').meta({
    description: 'the namespace of that Lease',
    valueName: 'NAME',
  }),
  leaseSeconds: seconds.min(1).default(15).meta({
    description: 'after so many seconds of silence another proxy writes status',
  }),
  drainSeconds: seconds.default(30).meta({
    description: 'at the end: how long requests and upgraded connections may go on before they are cut',
  }),
  headerTimeoutSeconds: seconds.default(10).meta({ description: 'for the head of a request; then 408' }),
  keepAliveSeconds: seconds.default(75).meta({ description: 'how long a connection may wait for its next request' }),
  clientIdleSeconds: seconds.default(60).meta({
    description: 'how long a client may neither send nor read when it is its turn',
  }),
  connectTimeoutSeconds: seconds.default(5).meta({ description: 'for a connection to a pod; then another is tried' }),
  upstreamIdleSeconds: seconds.default(60).meta({
    description: 'how long a pod may be silent when it is its turn; then 504',
  }),
  tunnelIdleSeconds: seconds.default(3600).meta({
    description: 'how long an upgraded connection (WebSocket) may be silent',
  }),
});

export type ProxySettings = z.infer<typeof proxySettings>;

function hostRange(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

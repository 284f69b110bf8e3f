// What proxy and speaker of one node say to each other over the serving socket: one JSON object per line, both ways.
// The rule of the pair: open before announce, withdraw before close.
import { z } from 'zod';
import { type IpAddress, parseIpAddress } from '../net/address.ts';
import { parserOf } from './parsed.ts';

/** How often the proxy repeats its report, in ms. */
export const REPORT_INTERVAL_MS = 250;
/** Missed this many times, the report is stale and nothing counts as served. */
export const REPORT_MISSES = 4;
/** How long a proxy keeps a listener open for an address that the speaker has not yet withdrawn, in ms. */
export const CLOSE_GRACE_MS = 5000;

const address = z
  .string()
  .refine((text) => parseIpAddress(text) !== undefined, { error: 'must be an IP address' })
  .transform((text) => parseIpAddress(text) as IpAddress);

const servedAddressSchema = z.object({
  address,
  /** `closing`: still open, but the speaker shall withdraw it, so that it can be closed. */
  state: z.enum(['serving', 'closing']),
  ports: z.array(z.object({ port: z.number().int().min(1).max(65535), protocol: z.enum(['TCP', 'UDP']) })),
});
export type ServedAddress = z.infer<typeof servedAddressSchema>;

const servingReportSchema = z.object({
  type: z.literal('report'),
  node: z.string(),
  /** Grows with each change; equal sequences hold equal addresses. */
  sequence: z.number().int(),
  addresses: z.array(servedAddressSchema),
  /** Client connections open now. */
  connections: z.number().int().min(0),
});
/** Proxy to speaker. */
export type ServingReport = z.infer<typeof servingReportSchema>;

const announcedReportSchema = z.object({
  type: z.literal('announced'),
  /** Addresses that the network is told to send here. */
  addresses: z.array(address),
  /** The node drains: answer with `Connection: close`. */
  draining: z.boolean(),
});
/** Speaker to proxy. */
export type AnnouncedReport = z.infer<typeof announcedReportSchema>;

export const parseServingReport = parserOf(servingReportSchema);
export const parseAnnouncedReport = parserOf(announcedReportSchema);

/** One message as a line for the socket. */
export function encodeReport(report: ServingReport | AnnouncedReport): string {
  return `${JSON.stringify(report)}\n`;
}

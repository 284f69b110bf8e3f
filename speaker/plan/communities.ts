// RFC 1997 communities as text: `65000:100`, or the well-known names.

const WELL_KNOWN: Readonly<Record<string, number>> = {
  'graceful-shutdown': 0xffff_0000,
  'accept-own': 0xffff_0001,
  blackhole: 0xffff_029a,
  'no-export': 0xffff_ff01,
  'no-advertise': 0xffff_ff02,
  'no-export-subconfed': 0xffff_ff03,
  'no-peer': 0xffff_ff04,
};

/** The number of a community; undefined when the text is none. Names in any case, with `-` or `_`. */
export function parseCommunity(text: string): number | undefined {
  const named = WELL_KNOWN[text.toLowerCase().replaceAll('_', '-')];
  if (named !== undefined) return named;
  const match = /^(0|[1-9]\d{0,4}):(0|[1-9]\d{0,4})$/.exec(text);
  const [high, low] = [Number(match?.[1]), Number(match?.[2])];
  return high <= 0xffff && low <= 0xffff ? high * 0x1_0000 + low : undefined;
}

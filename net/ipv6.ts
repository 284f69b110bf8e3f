// IPv6 addresses between text (RFC 4291 section 2.2, RFC 5952) and number.
import { parseIpv4 } from './ipv4.ts';

const GROUP = /^[0-9a-fA-F]{1,4}$/;
const GROUPS = 8;

/** Reads eight groups, fewer around one `::`, and an IPv4 tail in place of the last two. Zones (`%eth0`) are refused. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half, index) => readGroups(half, { mayEndInIpv4: index === halves.length - 1 }));
  if (left === undefined) return undefined;
  if (halves.length === 1) return left.length === GROUPS ? numberOf(left) : undefined;
  if (right === undefined) return undefined;
  const zeros = GROUPS - left.length - right.length;
  return zeros < 1 ? undefined : numberOf([...left, ...Array.from({ length: zeros }, () => 0), ...right]);
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
export function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  const head = groups.slice(0, run.start).join(':');
  const tail = groups.slice(run.start + run.length).join(':');
  return `${head}::${tail}`;
}

function readGroups(half: string, { mayEndInIpv4 }: { readonly mayEndInIpv4: boolean }): number[] | undefined {
  if (half === '') return [];
  const texts = half.split(':');
  const ipv4 = mayEndInIpv4 && texts.at(-1)?.includes('.') ? parseIpv4(texts.pop() ?? '') : 0n;
  if (ipv4 === undefined || !texts.every((text) => GROUP.test(text))) return undefined;
  const groups = texts.map((text) => Number.parseInt(text, 16));
  const endsInIpv4 = texts.length < half.split(':').length;
  return endsInIpv4 ? [...groups, Number(ipv4 >> 16n), Number(ipv4 & 0xffffn)] : groups;
}

function numberOf(groups: readonly number[]): bigint {
  return BigInt(`0x${groups.map((group) => group.toString(16).padStart(4, '0')).join('')}`);
}

function longestZeroRun(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

// IPv4 addresses between text and number.

const DOT = 0x2e;
const ZERO = 0x30;

/** Reads a dotted quad: four decimal octets without leading zeros. The short and octal forms of inet_aton are refused. */
export function parseIpv4(text: string): bigint | undefined {
  let value = 0;
  let octets = 0;
  let start = 0;
  for (let end = 0; end <= text.length; end++) {
    if (end < text.length && text.charCodeAt(end) !== DOT) continue;
    const octet = readOctet(text, start, end);
    if (octet === undefined) return undefined;
    value = value * 256 + octet;
    octets++;
    start = end + 1;
  }
  return octets === 4 ? BigInt(value) : undefined;
}

/** Character by character, because plans over ten thousands of addresses come through here. */
function readOctet(text: string, start: number, end: number): number | undefined {
  const length = end - start;
  if (length < 1 || length > 3 || (length > 1 && text.charCodeAt(start) === ZERO)) return undefined;
  let octet = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    octet = octet * 10 + digit;
  }
  return octet <= 255 ? octet : undefined;
}

export function formatIpv4(value: bigint): string {
  const number = Number(value);
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

// IPv4 addresses between text and number.

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** Reads a dotted quad: four decimal octets without leading zeros. The short and octal forms of inet_aton are refused. */
export function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return undefined;
  return BigInt(octets.reduce((sum, octet) => sum * 256 + Number(octet), 0));
}

export function formatIpv4(value: bigint): string {
  const number = Number(value);
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

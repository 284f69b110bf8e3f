import { isIP } from 'node:net';

/** A reg-name or an address, with an optional port. Underscores are allowed: people have them. */
const AUTHORITY = /^(?<host>[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>\d{0,5}))?$/;

/** The host of an authority (`Example.com.:8080` -> `example.com`), undefined when it is no valid one (RFC 3986 §3.2). */
export function hostOfAuthority(authority: string): string | undefined {
  const host = AUTHORITY.exec(authority)?.groups?.['host'];
  if (host === undefined) return undefined;
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6 ? host.toLowerCase() : undefined;
  const lower = host.toLowerCase();
  return lower.endsWith('.') && lower.length > 1 ? lower.slice(0, -1) : lower;
}

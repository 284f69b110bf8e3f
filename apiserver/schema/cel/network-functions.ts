// Kubernetes' CEL library for addresses, networks and URLs.
import type { Environment } from '@marcbachmann/cel-js';
import {
  addressToNumber,
  familyOf,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parsePrefixLoosely,
  splitPrefix,
} from '../../../net/address.ts';
import { contains, rangeOfPrefix } from '../../../net/range.ts';

/** An address within CEL. */
export class CelIp {
  readonly address: IpAddress;

  constructor(address: IpAddress) {
    this.address = address;
  }
}

/** A network within CEL; `host` is the address as it was written, with its host bits. */
export class CelCidr {
  readonly prefix: IpPrefix;
  readonly host: IpAddress;

  constructor(prefix: IpPrefix, host: IpAddress) {
    this.prefix = prefix;
    this.host = host;
  }
}

/** An absolute URL or a path within CEL. */
export class CelUrl {
  readonly url: URL;

  constructor(url: URL) {
    this.url = url;
  }
}

export function registerNetworkFunctions(environment: Environment): void {
  environment
    .registerType('net.IP', { ctor: CelIp, fields: {} })
    .registerType('net.CIDR', { ctor: CelCidr, fields: {} })
    .registerType('kubernetes.URL', { ctor: CelUrl, fields: {} });
  registerIp(environment);
  registerCidr(environment);
  registerUrl(environment);
}

function registerIp(environment: Environment): void {
  environment
    .registerFunction('isIP(string): bool', (text: string) => parseIpAddress(text) !== undefined)
    .registerFunction('ip(string): net.IP', readIp)
    .registerFunction('string(net.IP): string', (ip: CelIp) => ip.address)
    .registerFunction('net.IP.family(): int', (ip: CelIp) => (familyOf(ip.address) === 'IPv4' ? 4n : 6n))
    .registerFunction('net.IP.isUnspecified(): bool', (ip: CelIp) => addressToNumber(ip.address) === 0n)
    .registerFunction('net.IP.isLoopback(): bool', (ip: CelIp) => isWithin(ip, '127.0.0.0/8', '::1/128'))
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', (ip: CelIp) => isWithin(ip, '169.254.0.0/16', 'fe80::/10'))
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', (ip: CelIp) => isWithin(ip, '224.0.0.0/24', 'ff02::/16'))
    .registerFunction('net.IP.isGlobalUnicast(): bool', isGlobalUnicast);
}

function registerCidr(environment: Environment): void {
  environment
    .registerFunction('isCIDR(string): bool', (text: string) => parsePrefixLoosely(text) !== undefined)
    .registerFunction('cidr(string): net.CIDR', readCidr)
    .registerFunction('string(net.CIDR): string', (cidr: CelCidr) => `${cidr.host}/${splitPrefix(cidr.prefix).length}`)
    .registerFunction('net.CIDR.ip(): net.IP', (cidr: CelCidr) => new CelIp(cidr.host))
    .registerFunction('net.CIDR.prefixLength(): int', (cidr: CelCidr) => BigInt(splitPrefix(cidr.prefix).length))
    .registerFunction(
      'net.CIDR.masked(): net.CIDR',
      (cidr: CelCidr) => new CelCidr(cidr.prefix, splitPrefix(cidr.prefix).address),
    )
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (cidr: CelCidr, ip: CelIp) => holds(cidr, ip))
    .registerFunction('net.CIDR.containsIP(string): bool', (cidr: CelCidr, text: string) => holds(cidr, readIp(text)))
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', holdsNetwork)
    .registerFunction('net.CIDR.containsCIDR(string): bool', (cidr: CelCidr, text: string) =>
      holdsNetwork(cidr, readCidr(text)),
    );
}

function registerUrl(environment: Environment): void {
  environment
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
    .registerFunction('url(string): kubernetes.URL', (text: string) => new CelUrl(new URL(text)))
    .registerFunction('kubernetes.URL.getScheme(): string', ({ url }: CelUrl) => url.protocol.replace(/:$/, ''))
    .registerFunction('kubernetes.URL.getHost(): string', ({ url }: CelUrl) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', ({ url }: CelUrl) => url.hostname)
    .registerFunction('kubernetes.URL.getPort(): string', ({ url }: CelUrl) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ url }: CelUrl) => url.pathname);
}

function readIp(text: string): CelIp {
  const address = parseIpAddress(text);
  if (address === undefined)
    throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return new CelIp(address);
}

function readCidr(text: string): CelCidr {
  const prefix = parsePrefixLoosely(text);
  const host = parseIpAddress(text.slice(0, text.lastIndexOf('/')));
  if (prefix === undefined || host === undefined)
    throw new Error(`network address parse error during conversion from string`);
  return new CelCidr(prefix, host);
}

function holds({ prefix }: CelCidr, { address }: CelIp): boolean {
  return contains(rangeOfPrefix(prefix), address);
}

function holdsNetwork(outer: CelCidr, inner: CelCidr): boolean {
  const [a, b] = [rangeOfPrefix(outer.prefix), rangeOfPrefix(inner.prefix)];
  return a.family === b.family && a.first <= b.first && b.last <= a.last;
}

function isWithin({ address }: CelIp, ...networks: readonly string[]): boolean {
  return networks.some((network) => holds(readCidr(network), new CelIp(address)));
}

function isGlobalUnicast(ip: CelIp): boolean {
  const isOther = isWithin(ip, '127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10', '224.0.0.0/4', 'ff00::/8');
  return !isOther && addressToNumber(ip.address) !== 0n && ip.address !== '255.255.255.255';
}

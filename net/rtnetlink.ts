// Addresses of a link as rtnetlink(7) messages. Numbers are in host order, which is little-endian on x86-64 and arm64.
import { addressFromNumber, addressToNumber, familyOf, type IpAddress } from './address.ts';

const HEADER = 16;
const IFADDRMSG = 8;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_DUMP = 0x300;
const NLM_F_CREATE_EXCLUSIVE = 0x600;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_CACHEINFO = 6;
const IFA_PROTO = 11;
const IFA_F_NODAD = 0x02;
const AF = { IPv4: 2, IPv6: 10 } as const;
const FOR_EVER = 0xffff_ffff;

/** One address of a link, as the kernel lists it. */
export interface LinkAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly linkIndex: number;
  /** Who added it (IFA_PROTO, Linux 5.18): 0 where nobody said. */
  readonly protocol: number;
}

export interface AddressRequest extends LinkAddress {
  readonly sequence: number;
  /** Shown by `ip address` for IPv4; must begin with the name of the link. */
  readonly label: string;
}

export type NetlinkMessage =
  | { readonly kind: 'address'; readonly address: LinkAddress }
  /** The kernel's answer to a request: 0, or a positive errno. */
  | { readonly kind: 'acknowledgement'; readonly errno: number }
  | { readonly kind: 'done' };

/**
 * Adds an address. IPv6 skips duplicate address detection, because all LB nodes have it on purpose, and is deprecated
 * from the start (RFC 4862 §5.5.4), so that the node never speaks from it by itself.
 */
export function encodeAddAddress(request: AddressRequest): Uint8Array {
  const bytes = addressBytes(request.address);
  const isIpv6 = familyOf(request.address) === 'IPv6';
  const lifetimes = [0, FOR_EVER, 0, 0].flatMap(uint32);
  return encodeRequest(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE_EXCLUSIVE, request, [
    ...attribute(IFA_LOCAL, bytes),
    ...attribute(IFA_ADDRESS, bytes),
    ...attribute(IFA_PROTO, [request.protocol]),
    ...(isIpv6 ? attribute(IFA_CACHEINFO, lifetimes) : attribute(IFA_LABEL, [...text(request.label), 0])),
  ]);
}

export function encodeRemoveAddress(request: AddressRequest): Uint8Array {
  return encodeRequest(RTM_DELADDR, NLM_F_ACK, request, attribute(IFA_LOCAL, addressBytes(request.address)));
}

/** Asks for all addresses of all links; the answer ends with `done`. */
export function encodeListAddresses(sequence: number): Uint8Array {
  return frame(
    RTM_GETADDR,
    { flags: NLM_F_DUMP, sequence },
    Array.from({ length: IFADDRMSG }, () => 0),
  );
}

/** The messages of one datagram. Of unknown kinds nothing is returned; a cut-off message ends the list. */
export function decodeMessages(datagram: Uint8Array): readonly NetlinkMessage[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER <= view.byteLength; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > view.byteLength) break;
    const message = decodeBody(view.getUint16(at + 4, true), part(view, at + HEADER, length - HEADER));
    if (message !== undefined) messages.push(message);
    at += align(length);
  }
  return messages;
}

function decodeBody(type: number, body: DataView): NetlinkMessage | undefined {
  if (type === NLMSG_DONE) return { kind: 'done' };
  if (type === NLMSG_ERROR)
    return body.byteLength < 4 ? undefined : { kind: 'acknowledgement', errno: -body.getInt32(0, true) };
  if (type !== RTM_NEWADDR || body.byteLength < IFADDRMSG) return undefined;
  const address = decodeAddress(body);
  return address === undefined ? undefined : { kind: 'address', address };
}

function decodeAddress(body: DataView): LinkAddress | undefined {
  const attributes = decodeAttributes(part(body, IFADDRMSG, body.byteLength - IFADDRMSG));
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  const family = body.getUint8(0) === AF.IPv4 ? 'IPv4' : 'IPv6';
  if (bytes?.byteLength !== (family === 'IPv4' ? 4 : 16)) return undefined;
  return {
    address: addressFromNumber(family, readNumber(bytes)),
    prefixLength: body.getUint8(1),
    linkIndex: body.getUint32(4, true),
    protocol: attributes.get(IFA_PROTO)?.getUint8(0) ?? 0,
  };
}

function decodeAttributes(view: DataView): ReadonlyMap<number, DataView> {
  const attributes = new Map<number, DataView>();
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > view.byteLength) break;
    attributes.set(view.getUint16(at + 2, true), part(view, at + 4, length - 4));
    at += align(length);
  }
  return attributes;
}

function encodeRequest(
  ...[type, flags, request, attributes]: [number, number, AddressRequest, readonly number[]]
): Uint8Array {
  const family = AF[familyOf(request.address)];
  const addressFlags = family === AF.IPv6 ? IFA_F_NODAD : 0;
  const head = [family, request.prefixLength, addressFlags, 0, ...uint32(request.linkIndex)];
  return frame(type, { flags, sequence: request.sequence }, [...head, ...attributes]);
}

function frame(
  type: number,
  { flags, sequence }: { readonly flags: number; readonly sequence: number },
  body: readonly number[],
): Uint8Array {
  const length = HEADER + body.length;
  const header = [
    ...uint32(length),
    ...uint16(type),
    ...uint16(flags | NLM_F_REQUEST),
    ...uint32(sequence),
    ...uint32(0),
  ];
  return Uint8Array.from([...header, ...body]);
}

function attribute(type: number, value: readonly number[]): number[] {
  const length = 4 + value.length;
  const padding = Array.from({ length: align(length) - length }, () => 0);
  return [...uint16(length), ...uint16(type), ...value, ...padding];
}

function addressBytes(address: IpAddress): number[] {
  const length = familyOf(address) === 'IPv4' ? 4 : 16;
  const value = addressToNumber(address);
  return Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
}

function readNumber(bytes: DataView): bigint {
  let value = 0n;
  for (let at = 0; at < bytes.byteLength; at++) value = (value << 8n) | BigInt(bytes.getUint8(at));
  return value;
}

function part(view: DataView, offset: number, length: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

function align(length: number): number {
  return (length + 3) & ~3;
}

function uint16(value: number): number[] {
  return [value & 0xff, value >>> 8];
}

function uint32(value: number): number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

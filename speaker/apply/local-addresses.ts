// The served addresses on the loopback link, over rtnetlink. Only addresses that carry our protocol number are ever
// listed or removed, so that those of the machine and its administrator are safe from us.
import type { IpAddress } from '../../net/address.ts';
import { ADDRESS_BITS, familyOf } from '../../net/address.ts';
import {
  type AddressRequest,
  decodeMessages,
  encodeAddAddress,
  encodeListAddresses,
  encodeRemoveAddress,
  type LinkAddress,
  type NetlinkMessage,
} from '../../net/rtnetlink.ts';
import {
  AF_NETLINK,
  type Libc,
  MSG_DONTWAIT,
  openLibc,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SystemCallError,
} from '../../runtime/koffi/libc.ts';
import type { AddressChange } from '../plan/local-addresses.ts';

const NETLINK_ROUTE = 0;
/** The loopback link is the first of every network namespace. */
const LOOPBACK_INDEX = 1;
const LABEL = 'lo:fairlead';
/** Our IFA_PROTO. The kernel's own are 1 to 3; the rest is free for programs. */
const PROTOCOL = 0xfa;
const ERRNO = { EEXIST: 17, EADDRNOTAVAIL: 99 } as const;

/** A socket of its own in the network namespace of this process. Calls are synchronous and take microseconds. */
export class LocalAddresses implements Disposable {
  readonly #libc: Libc;
  readonly #socket: number;
  readonly #buffer = new Uint8Array(64 * 1024);
  #sequence = 0;

  constructor() {
    this.#libc = openLibc();
    this.#socket = this.#libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    this.#libc.connect(this.#socket, kernelAddress());
  }

  /** The addresses that we have added and that are still there. Throws SystemCallError. */
  observe(): readonly IpAddress[] {
    this.#send(encodeListAddresses(++this.#sequence));
    const found: IpAddress[] = [];
    for (;;) {
      for (const message of this.#receive()) {
        if (message.kind === 'done') return found;
        if (message.kind === 'address' && isOurs(message.address)) found.push(message.address.address);
        if (message.kind === 'acknowledgement') throw new SystemCallError('RTM_GETADDR', message.errno);
      }
    }
  }

  /** Adds and removes. Throws SystemCallError at the first that the kernel refuses; what came before is done. */
  apply(changes: readonly AddressChange[]): void {
    for (const change of changes) {
      if (change.kind === 'add') this.#request('RTM_NEWADDR', encodeAddAddress(this.#describe(change.address)));
      else this.#request('RTM_DELADDR', encodeRemoveAddress(this.#describe(change.address)));
    }
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#socket);
  }

  #describe(address: IpAddress): AddressRequest {
    return {
      address,
      prefixLength: ADDRESS_BITS[familyOf(address)],
      linkIndex: LOOPBACK_INDEX,
      protocol: PROTOCOL,
      sequence: ++this.#sequence,
      label: LABEL,
    };
  }

  /** An address that is there already serves as well; one that is gone already need not be removed. */
  #request(name: 'RTM_NEWADDR' | 'RTM_DELADDR', request: Uint8Array): void {
    this.#send(request);
    for (const message of this.#receive()) {
      if (message.kind !== 'acknowledgement') continue;
      const tolerated = name === 'RTM_NEWADDR' ? ERRNO.EEXIST : ERRNO.EADDRNOTAVAIL;
      if (message.errno !== 0 && message.errno !== tolerated) throw new SystemCallError(name, message.errno);
    }
  }

  #send(request: Uint8Array): void {
    this.#libc.send(this.#socket, request, 0);
  }

  /** The kernel queues its answer before send() returns, so there is never anything to wait for. */
  #receive(): readonly NetlinkMessage[] {
    const length = this.#libc.recv(this.#socket, this.#buffer, MSG_DONTWAIT);
    if (length === undefined) throw new Error('bug: rtnetlink left a request without an answer');
    return decodeMessages(this.#buffer.subarray(0, length));
  }
}

function isOurs({ linkIndex, protocol, address, prefixLength }: LinkAddress): boolean {
  return linkIndex === LOOPBACK_INDEX && protocol === PROTOCOL && prefixLength === ADDRESS_BITS[familyOf(address)];
}

/** struct sockaddr_nl: family, padding, port 0 (the kernel), no groups. */
function kernelAddress(): Uint8Array {
  const address = new Uint8Array(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  return address;
}

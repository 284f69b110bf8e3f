import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addressFromNumber } from '../../net/address.ts';
import { decodeMessages, encodeAddAddress, encodeListAddresses, encodeRemoveAddress } from '../../net/rtnetlink.ts';

const request = (address: ReturnType<typeof addressFromNumber>, prefixLength: number) => ({
  address,
  prefixLength,
  linkIndex: 1,
  protocol: 0xfa,
  sequence: 7,
  label: 'lo:fairlead',
});

describe('rtnetlink messages', () => {
  test('an IPv4 address is added with the bytes that ip(8) sends, and our protocol', () => {
    const bytes = Buffer.from(encodeAddAddress(request(addressFromNumber('IPv4', 0xcb00710an), 32)));
    expect(bytes.toString('hex')).toBe(
      [
        '40000000 1400 0506 07000000 00000000', // 64 bytes, RTM_NEWADDR, REQUEST|ACK|EXCL|CREATE, sequence 7
        '02200000 01000000', // AF_INET /32, link 1
        '08000200 cb00710a', // IFA_LOCAL
        '08000100 cb00710a', // IFA_ADDRESS
        '05000b00 fa000000', // IFA_PROTO
        '10000300 6c6f3a666169726c65616400', // IFA_LABEL lo:fairlead
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test('what is added is read back from the same form', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
        const address = addressFromNumber('IPv6', value);
        expect(decodeMessages(encodeAddAddress(request(address, 128)))).toEqual([
          { kind: 'address', address: { address, prefixLength: 128, linkIndex: 1, protocol: 0xfa } },
        ]);
      }),
    );
  });

  test('acknowledgements carry the errno as a positive number', () => {
    const message = '24000000 0200 0000 07000000 00000000 efffffff 40000000 1400 0506 07000000 00000000';
    expect(decodeMessages(Buffer.from(message.replaceAll(' ', ''), 'hex'))).toEqual([
      { kind: 'acknowledgement', errno: 17 },
    ]);
  });

  test('requests of other kinds have their own types', () => {
    expect(encodeListAddresses(1).slice(4, 8)).toEqual(Uint8Array.of(22, 0, 0x01, 0x03));
    expect(encodeRemoveAddress(request(addressFromNumber('IPv4', 1n), 32)).slice(4, 8)).toEqual(
      Uint8Array.of(21, 0, 0x05, 0),
    );
  });

  test('no bytes make the decoder throw or hang', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeMessages(bytes)));
    const valid = encodeAddAddress(request(addressFromNumber('IPv4', 1n), 32));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: valid.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const broken = Uint8Array.from(valid);
        broken[at] = byte;
        decodeMessages(broken);
      }),
    );
  });
});

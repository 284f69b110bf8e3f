import { describe, expect, test } from '@jest/globals';
import type { IpPrefix } from '../../../net/address.ts';
import { withForwarded } from '../../../proxy/traffic/http/forwarded.ts';
import { fieldOf, type HeaderList } from '../../../proxy/traffic/http/header-list.ts';
import { endToEndRequestFields, endToEndResponseFields } from '../../../proxy/traffic/http/hop-by-hop.ts';
import { networkTest } from '../../../proxy/traffic/http/trusted-networks.ts';

const TRUSTED = ['10.0.0.0/8', 'fd00::/8'] as readonly string[] as readonly IpPrefix[];

function forward(headers: HeaderList, peer = '192.0.2.7') {
  return withForwarded({
    headers,
    authority: 'shop.example.test:8443',
    connection: { peer, port: 443, scheme: 'https' },
    isTrusted: networkTest(TRUSTED),
    newRequestId: () => 'new-id',
  });
}

describe('what the pod learns about the client', () => {
  test('all the fields that ingress-nginx sends', () => {
    const { headers } = forward([]);
    const told = Object.fromEntries(headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : [])));
    expect(told).toEqual({
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-host': 'shop.example.test:8443',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      'x-forwarded-scheme': 'https',
      'x-scheme': 'https',
      'x-real-ip': '192.0.2.7',
      'x-request-id': 'new-id',
    });
  });

  test('fields of this kind that we do not write ourselves come from trusted proxies only', () => {
    const claim = ['X-Forwarded-Prefix', '/admin', 'x-forwarded-user', 'root'];
    expect(fieldOf(forward(claim).headers, 'x-forwarded-prefix')).toBeUndefined();
    expect(fieldOf(forward(claim).headers, 'x-forwarded-user')).toBeUndefined();
    expect(fieldOf(forward(claim, '10.0.0.1').headers, 'x-forwarded-prefix')).toBe('/admin');
  });

  test('what an unknown client claims is replaced, however it spells the names', () => {
    const { headers, client } = forward([
      'X-Forwarded-For',
      '1.1.1.1',
      'x-forwarded-proto',
      'http',
      'X-Real-IP',
      '1.1.1.1',
      'Forwarded',
      'for=1.1.1.1',
      'X-FORWARDED-HOST',
      'evil',
      'X-Forwarded-Port',
      '1',
      'X-Scheme',
      'http',
    ]);
    expect(headers.join(' ')).not.toMatch(/1\.1\.1\.1|evil/);
    expect(fieldOf(headers, 'x-forwarded-proto')).toBe('https');
    expect(fieldOf(headers, 'forwarded')).toBeUndefined();
    expect(client).toBe('192.0.2.7');
  });

  test('a trusted proxy is believed and added to the chain; the client is the last hop that nobody vouches for', () => {
    const { headers, client } = forward(
      ['X-Forwarded-For', '203.0.113.9, 198.51.100.4, 10.1.1.1', 'X-Forwarded-Proto', 'http'],
      '10.2.2.2',
    );
    expect(fieldOf(headers, 'x-forwarded-for')).toBe('203.0.113.9, 198.51.100.4, 10.1.1.1, 10.2.2.2');
    expect(fieldOf(headers, 'x-forwarded-proto')).toBe('http');
    expect(fieldOf(headers, 'x-real-ip')).toBe('198.51.100.4');
    expect(client).toBe('198.51.100.4');
  });

  test.each([
    ['abc-1', 'abc-1'],
    ['a b', 'new-id'],
    ['x'.repeat(129), 'new-id'],
    ['', 'new-id'],
  ])('the request id %p becomes %p', (given, expected) => {
    expect(forward(['X-Request-ID', given]).requestId).toBe(expected);
  });
});

describe('fields of one connection only', () => {
  test('end with a request, and so does whatever Connection names', () => {
    const kept = endToEndRequestFields([
      'Host',
      'a',
      'Connection',
      'close, X-Secret , Host, Cookie',
      'X-Secret',
      '1',
      'Cookie',
      'c=1',
      'Keep-Alive',
      'timeout=5',
      'Proxy-Connection',
      'keep-alive',
      'Proxy-Authorization',
      'Basic x',
      'TE',
      'deflate',
      'Upgrade',
      'h2c',
      'HTTP2-Settings',
      'x',
      'Transfer-Encoding',
      'chunked',
      'Trailer',
      'X',
      'Expect',
      '100-continue',
      'a_b',
      'dropped',
      'X-Kept',
      'yes',
    ]);
    expect(kept).toEqual(['Host', 'a', 'Cookie', 'c=1', 'X-Kept', 'yes']);
  });

  test('end with an answer, and its trailers stay announced', () => {
    const kept = endToEndResponseFields([
      'Connection',
      'x-hop, content-length',
      'X-Hop',
      '1',
      'Content-Length',
      '3',
      'Trailer',
      'x-sum',
      'Keep-Alive',
      'timeout=5',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
    ]);
    expect(kept).toEqual(['Content-Length', '3', 'Trailer', 'x-sum', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
  });
});

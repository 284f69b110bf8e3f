import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Certificates } from '../../../proxy/traffic/tls/certificates.ts';
import { testCa } from '../../support/proxy/fixtures.ts';
import { ask } from '../../support/proxy/http-client.ts';
import { echoPod, parseSeen } from '../../support/proxy/pods.ts';
import { hostOf, listenerTable, portTable, ruleFor } from '../../support/proxy/table.ts';
import { bundle, certificateKeyOf, WorkerHarness } from '../../support/proxy/worker-harness.ts';

const undo = new AsyncDisposableStack();
const proxy = undo.use(new WorkerHarness());
const SHOP = 'shop.example.test';
const certificates = new Certificates();
certificates.update([bundle('shop', 'shop'), bundle('wildcard', 'wildcard')], []);

beforeAll(async () => {
  const pod = await echoPod();
  undo.defer(() => pod.close().closeAllConnections());
  await proxy.endpoints('web', pod);
  await proxy.certificates(bundle('shop', 'shop'), bundle('rsa', 'shop-rsa'), bundle('wildcard', 'wildcard'));
  await proxy.serve(
    portTable({
      port: 8443,
      protocol: 'HTTPS',
      listeners: [
        listenerTable(SHOP, [hostOf('', ruleFor('/'))], {
          certificates: [certificateKeyOf('wildcard'), certificateKeyOf('shop'), certificateKeyOf('rsa')],
        }),
        listenerTable('*.example.test', [hostOf('', ruleFor('/'))], { certificates: [certificateKeyOf('wildcard')] }),
        listenerTable('bare.test', [hostOf('', ruleFor('/'))], { certificates: [certificateKeyOf('missing')] }),
      ],
    }),
  );
});
afterAll(() => undo.disposeAsync());

async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: proxy.address, port: 8443, ca: testCa(), ...options });
  undo.defer(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

const commonName = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN;

describe('the certificate', () => {
  test('is that of the most specific listener for the server name, and one that covers it', async () => {
    expect(commonName(await handshake({ servername: SHOP.toUpperCase(), ALPNProtocols: ['h2', 'http/1.1'] }))).toBe(
      'wildcard',
    );
    expect(commonName(await handshake({ servername: 'other.example.test' }))).toBe('wildcard');
  });

  test('is the one that covers the name, also when another is preferred; else the preferred one', async () => {
    const keys = [certificateKeyOf('shop'), certificateKeyOf('wildcard')];
    const names = ['shop.example.test', 'x.example.test', 'elsewhere.test'].map(
      (name) => certificates.bundleFor(keys, name)?.key,
    );
    expect(names).toEqual(['shop/shop', 'shop/wildcard', 'shop/shop']);
    expect(certificates.bundleFor([certificateKeyOf('gone')], 'x.test')).toBeUndefined();
  });

  test.each([
    ['no server name, and no listener for all hosts', {}],
    ['a server name of nobody', { servername: 'stranger.org' }],
    ['a listener without a usable certificate', { servername: 'bare.test' }],
    ['TLS 1.1', { servername: SHOP, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }],
  ] as const)('%s: no handshake', async (_, options) => {
    await expect(handshake({ rejectUnauthorized: false, ...options })).rejects.toThrow();
  });

  test('replaced under way: new handshakes see the new one, the connection that is open goes on', async () => {
    await proxy.certificates(bundle('wildcard', 'shop-renewed'));
    const before = await handshake({ servername: SHOP });
    before.write(`GET / HTTP/1.1\r\nHost: ${SHOP}\r\n\r\n`);
    await once(before, 'data');
    await proxy.certificates(bundle('wildcard', 'wildcard'));
    expect(commonName(await handshake({ servername: SHOP, session: undefined }))).toBe('wildcard');
    expect(commonName(before)).toBe('renewed.example.test');
    before.write(`GET /still HTTP/1.1\r\nHost: ${SHOP}\r\n\r\n`);
    expect(String((await once(before, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
  });
});

test('a certificate that OpenSSL will not have costs the handshakes with it, and no others', async () => {
  const broken = undo.use(new WorkerHarness());
  await broken.certificates(bundle('weak', 'weak'), bundle('shop', 'shop'));
  const listeners = [
    listenerTable('', [hostOf('', ruleFor('/'))], { certificates: [certificateKeyOf('weak')] }),
    listenerTable(SHOP, [hostOf('', ruleFor('/'))], { certificates: [certificateKeyOf('shop')] }),
  ];
  await broken.serve(portTable({ port: 8443, protocol: 'HTTPS', listeners }));
  const host = broken.address;
  await expect(handshake({ host, rejectUnauthorized: false })).rejects.toThrow();
  await expect(handshake({ host, servername: 'x.test', rejectUnauthorized: false })).rejects.toThrow();
  expect(commonName(await handshake({ host, servername: SHOP }))).toBe(SHOP);
});

test('a context is made once for a certificate, not for each name that a client thinks of', () => {
  const keys = [certificateKeyOf('wildcard')];
  const context = certificates.contextFor(keys, 'a.example.test');
  expect(context).toBeDefined();
  expect(certificates.contextFor(keys, 'b.example.test')).toBe(context);
});

describe('a request over TLS', () => {
  const where = { host: proxy.address, port: 8443 };

  test('tells the pod of https and the port', async () => {
    const reply = await ask({ ...where, headers: { host: SHOP }, tls: { ca: testCa(), servername: SHOP } });
    expect(parseSeen(reply.body).headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-port': '8443' });
  });

  test('for the host of another listener is misdirected, for a host of nobody it is not found', async () => {
    const tls = { ca: testCa(), servername: SHOP };
    expect((await ask({ ...where, headers: { host: 'other.example.test' }, tls })).status).toBe(421);
    expect((await ask({ ...where, headers: { host: 'stranger.org' }, tls })).status).toBe(404);
  });
});

test('plain HTTP on the TLS port gets no answer and does no harm', async () => {
  await expect(ask({ host: proxy.address, port: 8443 })).rejects.toThrow();
  expect(commonName(await handshake({ servername: 'x.example.test' }))).toBe('wildcard');
});

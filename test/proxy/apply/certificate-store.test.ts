import { describe, expect, test } from '@jest/globals';
import { parseSecret, type Secret } from '../../../api/core.ts';
import { CertificateStore, inspectCertificate } from '../../../proxy/apply/certificate-store.ts';
import { leafPem, tlsSecretData } from '../../support/proxy/fixtures.ts';

function secret(data: Readonly<Record<string, string>>, type = 'kubernetes.io/tls'): Secret {
  const parsed = parseSecret({ metadata: { name: 'cert', namespace: 'shop' }, type, data });
  if (!parsed.ok) throw new Error('bug in the test');
  return parsed.value;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the certificate of a Secret', () => {
  test('is taken with its key, its names and its end', () => {
    const inspection = inspectCertificate(secret(tlsSecretData('wildcard')));
    expect(inspection.verdict).toEqual({ ok: true, names: ['*.example.test'] });
    expect(inspection).toMatchObject({ bundle: { key: 'shop/cert', ...leafPem('wildcard') } });
    expect('expiresAt' in inspection && inspection.expiresAt).toBeGreaterThan(Date.now());
  });

  const good = tlsSecretData('shop');
  test.each([
    ['no certificate', secret({ 'tls.key': good['tls.key'] }), 'it has no tls.crt'],
    ['no key', secret({ 'tls.crt': good['tls.crt'] }), 'it has no tls.key'],
    ['an empty key', secret({ ...good, 'tls.key': '' }), 'it has no tls.key'],
    ['garbage', secret({ ...good, 'tls.crt': base64('garbage') }), 'tls.crt holds no certificate in PEM'],
    [
      'a frame around garbage',
      secret({ ...good, 'tls.crt': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') }),
      'tls.crt holds no certificate in PEM',
    ],
    ['a key that is none', secret({ ...good, 'tls.key': base64('key') }), 'tls.key holds no private key in PEM'],
    [
      "another certificate's key",
      secret({ ...good, 'tls.key': tlsSecretData('wildcard')['tls.key'] }),
      'tls.key does not belong to the certificate in tls.crt',
    ],
    ['a key that is too short', secret(tlsSecretData('weak')), 'TLS cannot use it: ee key too small'],
    ['another type', secret(good, 'Opaque'), 'its type is Opaque, not kubernetes.io/tls'],
  ])('with %s is refused with the reason', (_, given, reason) => {
    expect(inspectCertificate(given)).toEqual({ verdict: { ok: false, reason } });
  });

  test('is read once for each version', () => {
    const store = new CertificateStore();
    const first = secret(good);
    expect(store.inspect(first)).toBe(store.inspect(first));
    expect(store.inspect(secret(tlsSecretData('shop-renewed')))).not.toBe(store.inspect(first));
  });
});

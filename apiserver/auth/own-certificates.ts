// The server's own CA and certificate, made by openssl at first start and kept in its folder. Node can read X.509 but
// not issue it, and openssl is on every machine that the package is installed on.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

const CA_DAYS = 3650;
const SERVER_DAYS = 825;
const RENEW_BEFORE_MS = 30 * 86_400_000;
const ALWAYS = [
  'localhost',
  '127.0.0.1',
  '::1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  '10.96.0.1',
];

export interface OwnCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** openssl is missing or refused. */
export class CertificateError extends Error {
  readonly code = 'CERTIFICATE';
}

/** Certificates in that folder, good for those names; what is missing, ends soon or lacks a name is made anew. */
export function ownCertificates(folder: string, names: readonly string[], now: number): OwnCertificates {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const wanted = [...new Set([...ALWAYS, hostname(), ...names])];
  const at = {
    caCert: join(folder, 'ca.crt'),
    caKey: join(folder, 'ca.key'),
    cert: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
  if (!existsSync(at.caCert) || !existsSync(at.caKey)) makeAuthority(folder, at);
  if (!existsSync(at.key) || !isGood(at.cert, wanted, now)) makeServer(folder, at, wanted);
  return {
    ca: readFileSync(at.caCert, 'utf8'),
    cert: readFileSync(at.cert, 'utf8'),
    key: readFileSync(at.key, 'utf8'),
  };
}

interface Files {
  readonly caCert: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
}

function isGood(file: string, names: readonly string[], now: number): boolean {
  if (!existsSync(file)) return false;
  const certificate = new X509Certificate(readFileSync(file));
  if (certificate.validToDate.getTime() - now < RENEW_BEFORE_MS) return false;
  return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined);
}

function makeAuthority(folder: string, { caCert, caKey }: Files): void {
  inScratch(folder, (scratch) => {
    const [cert, key] = [join(scratch, 'crt'), join(scratch, 'key')];
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
    request({ subject: '/CN=fairlead-apiserver-ca', days: CA_DAYS, cert, key, extensions, signer: [] });
    renameSync(key, caKey);
    renameSync(cert, caCert);
  });
}

function makeServer(folder: string, files: Files, names: readonly string[]): void {
  inScratch(folder, (scratch) => {
    const [cert, key] = [join(scratch, 'crt'), join(scratch, 'key')];
    const alternatives = names.map((name) => (isIP(name) ? `IP:${name}` : `DNS:${name}`)).join(',');
    const extensions = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
      `subjectAltName=${alternatives}`,
    ];
    const signer = ['-CA', files.caCert, '-CAkey', files.caKey];
    request({ subject: '/CN=fairlead-apiserver', days: SERVER_DAYS, cert, key, extensions, signer });
    renameSync(key, files.key);
    renameSync(cert, files.cert);
  });
}

interface CertificateRequest {
  readonly subject: string;
  readonly days: number;
  readonly cert: string;
  readonly key: string;
  readonly extensions: readonly string[];
  readonly signer: readonly string[];
}

function request({ subject, days, cert, key, extensions, signer }: CertificateRequest): void {
  const args = [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256'.split(' '),
    ...Object.entries({ '-subj': subject, '-days': String(days), '-keyout': key, '-out': cert }).flat(),
    ...signer,
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ];
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 });
    chmodSync(key, 0o600);
  } catch (error) {
    throw new CertificateError('openssl could not make a certificate', { cause: error });
  }
}

/** A half-made pair never stands where a whole one is looked for. */
function inScratch(folder: string, make: (scratch: string) => void): void {
  const scratch = mkdtempSync(join(folder, 'new-'));
  try {
    make(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

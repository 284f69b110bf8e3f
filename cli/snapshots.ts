// The programs' own snapshots, made of a reading: the same plans then say the same as the programs do.
import { RE2JS } from 're2js';
import type { Secret } from '../api/core.ts';
import { IPAM_KINDS, type IpamSnapshot, takeIpamSnapshot } from '../ipam/snapshot.ts';
import { type CertificateVerdict, readTlsSecret } from '../proxy/plan/certificates.ts';
import { type ProxySnapshot, takeProxySnapshot } from '../proxy/snapshot.ts';
import { readKeyPair } from '../runtime/key-pair.ts';
import { asIpamWorld, asProxyWorld, type WorldReading } from './world.ts';

/** What a proxy would plan from. `now` in ms since the epoch. */
export function proxySnapshot(world: WorldReading, now: number): ProxySnapshot {
  return takeProxySnapshot(asProxyWorld(world), { now, inspectCertificate, isValidRegex });
}

/** What ipam would plan from, with its default settings. */
export function ipamSnapshot(world: WorldReading, now: number): IpamSnapshot {
  return takeIpamSnapshot(asIpamWorld(world, IPAM_KINDS), { now, defaultClass: true });
}

function inspectCertificate(secret: Secret): CertificateVerdict {
  const texts = readTlsSecret(secret);
  return texts.ok ? readKeyPair(texts) : texts;
}

function isValidRegex(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

// What one Ingress asks for: paths of hosts that lead to Services, and certificates for hosts.
import type { Ingress, IngressBackend, IngressPath } from '../../api/ingress.ts';
import { objectKey } from '../../api/meta.ts';
import { resolveIngressBackend } from './backends.ts';
import { certificateKey, isNamedFor } from './certificates.ts';
import { isHostname, normalizeHostname } from './hostnames.ts';
import { refuseCertificate } from './listener-certificates.ts';
import type { Lookup } from './lookup.ts';
import type { IngressPathNode, IngressTlsNode } from './nodes.ts';
import type { Refusal } from './verdict.ts';

export interface IngressPaths {
  readonly paths: readonly IngressPathNode[];
  readonly refusals: readonly Refusal[];
}

/**
 * The paths of every rule, then the default backend. The default backend of an Ingress without rules answers for every
 * host, that of one with rules for the hosts of these rules: no tenant gets the requests that nobody claimed.
 */
export function readIngressPaths(lookup: Lookup, { metadata, spec }: Ingress): IngressPaths {
  const refusals: Refusal[] = [];
  const namespace = metadata.namespace ?? '';
  const hosts = spec.rules.map(({ host }) => normalizeHostname(host)).filter((host) => acceptHost(host, refusals));
  const paths = spec.rules
    .flatMap(({ host, http }) => (http?.paths ?? []).map((path) => ({ host: normalizeHostname(host), path })))
    .map(({ host, path }, index) => ({ number: index + 1, host, path }))
    .filter(({ host, path }) => hosts.includes(host) && acceptPath(path, refusals))
    .map(({ number, host, path }) => ({ ...readPath(lookup, namespace, path), number, host }));
  const defaults = readDefaults(spec.defaultBackend, spec.rules.length === 0 ? [''] : [...new Set(hosts)]).map(
    ({ host, backend }) => ({ ...readPath(lookup, namespace, { path: '/', pathType: 'Prefix', backend }), host }),
  );
  const all = [...paths, ...defaults.map((path) => ({ ...path, number: undefined }))];
  const unresolved = all.flatMap(({ backend }) => (backend.resolved === undefined ? [backend.refusal] : []));
  return { paths: all, refusals: distinct([...refusals, ...unresolved]) };
}

function acceptHost(host: string, refusals: Refusal[]): boolean {
  if (host === '' || isHostname(host)) return true;
  refusals.push({ reason: 'InvalidHost', message: `${host} is no hostname; its paths are not served` });
  return false;
}

function acceptPath({ path }: IngressPath, refusals: Refusal[]): boolean {
  if (path.startsWith('/')) return true;
  refusals.push({ reason: 'InvalidPath', message: `path ${path} does not begin with / and is not served` });
  return false;
}

function readPath(lookup: Lookup, namespace: string, path: IngressPath): Omit<IngressPathNode, 'number' | 'host'> {
  return {
    path: path.path,
    type: path.pathType === 'Exact' ? 'Exact' : 'Prefix',
    backend: resolveIngressBackend(lookup, namespace, path.backend),
  };
}

function readDefaults(
  backend: IngressBackend | undefined,
  hosts: readonly string[],
): readonly { readonly host: string; readonly backend: IngressBackend }[] {
  return backend === undefined ? [] : hosts.map((host) => ({ host, backend }));
}

export interface IngressTls {
  readonly tls: readonly IngressTlsNode[];
  readonly refusals: readonly Refusal[];
}

/** The certificates that can be used, each with its hosts; an entry without hosts answers for all. */
export function readIngressTls(lookup: Lookup, { metadata, spec }: Ingress): IngressTls {
  const entries = spec.tls.map(({ hosts, secretName }): IngressTlsNode | Refusal => {
    if (secretName === undefined) return refuseTls(`tls for ${hosts.join(', ') || 'all hosts'} names no Secret`);
    const secret = objectKey(metadata.namespace, secretName);
    const refusal = refuseCertificate(lookup, secret);
    if (refusal !== undefined) return refuseTls(refusal);
    const names = hosts.length === 0 ? [''] : hosts.map(normalizeHostname).filter(isHostname);
    return { hosts: names, certificate: certificateKey(secret) };
  });
  const tls = entries.filter((entry) => 'hosts' in entry);
  const refusals = entries.filter((entry) => 'reason' in entry);
  return { tls, refusals: [...refusals, ...tls.flatMap((entry) => foreignHosts(lookup, entry))] };
}

/** Hosts that the certificate does not name. It is served all the same: clients that check will say so. */
function foreignHosts(lookup: Lookup, { hosts, certificate }: IngressTlsNode): readonly Refusal[] {
  const verdict = lookup.snapshot.certificates.get(certificate);
  const names = verdict?.ok === true ? verdict.names : [];
  const foreign = hosts.filter((host) => host !== '' && names.length > 0 && !isNamedFor(names, host));
  return foreign.map((host) => refuseTls(`the certificate of Secret ${certificate} is not valid for ${host}`));
}

function refuseTls(message: string): Refusal {
  return { reason: 'InvalidCertificateRef', message };
}

function distinct(refusals: readonly Refusal[]): readonly Refusal[] {
  return [...new Map(refusals.map((refusal) => [refusal.message, refusal])).values()];
}

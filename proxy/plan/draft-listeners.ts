// The listeners of one address: those that its Gateways name, and those that its Ingresses need besides.
import { compareHostnames, covers } from './hostnames.ts';
import { HTTP_PORT, HTTPS_PORT } from './ingress-ports.ts';
import type { GatewayNode, IngressNode, ListenerName, ListenerNode } from './nodes.ts';
import type { CertificateKey } from './routing-table.ts';

/** A listener before its rules are in. */
export interface ListenerDraft {
  readonly name: string;
  readonly hostname: string;
  readonly certificates: readonly CertificateKey[];
  /** Whose routes it serves, narrowed to its hostname. */
  readonly routesOf: ListenerName | undefined;
  /** Ingresses serve on the well-known ports only, narrowed to the hostname too. */
  readonly ingresses: readonly IngressNode[];
}

export interface PortDraft {
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly listeners: readonly ListenerDraft[];
}

/** The ports of one address. An Ingress gets port 80 always and port 443 for the hosts it has certificates for. */
export function draftPorts({
  gateways,
  ingresses,
}: {
  readonly gateways: readonly GatewayNode[];
  readonly ingresses: readonly IngressNode[];
}): readonly PortDraft[] {
  const served = gateways.flatMap(({ listeners }) => listeners.filter(({ isServed }) => isServed));
  const byPort = Map.groupBy(served, ({ source }) => source.port);
  const ports = new Set([...byPort.keys(), ...portsOf(ingresses)]);
  return [...ports].map((port) => draftPort(port, byPort.get(port) ?? [], ingresses));
}

function portsOf(ingresses: readonly IngressNode[]): readonly number[] {
  if (ingresses.length === 0) return [];
  return ingresses.some(({ tls }) => tls.length > 0) ? [HTTP_PORT, HTTPS_PORT] : [HTTP_PORT];
}

function draftPort(port: number, nodes: readonly ListenerNode[], ingresses: readonly IngressNode[]): PortDraft {
  const protocol = nodes[0]?.protocol ?? (port === HTTPS_PORT ? 'HTTPS' : 'HTTP');
  if (port === HTTP_PORT && protocol === 'HTTP') {
    return {
      port,
      protocol,
      listeners: withCatchAll(
        nodes.map((node) => draftOf(node, ingresses)),
        ingresses,
      ),
    };
  }
  if (port === HTTPS_PORT && protocol === 'HTTPS') {
    return {
      port,
      protocol,
      listeners: withCertificates(
        nodes.map((node) => draftOf(node, ingresses)),
        ingresses,
      ),
    };
  }
  return { port, protocol, listeners: nodes.map((node) => draftOf(node, [])) };
}

function draftOf(node: ListenerNode, ingresses: readonly IngressNode[]): ListenerDraft {
  const { name, hostname, certificates } = node;
  return { name, hostname, certificates, routesOf: name, ingresses };
}

/** Hosts that no listener of a Gateway answers for may still be an Ingress's. */
function withCatchAll(drafts: readonly ListenerDraft[], ingresses: readonly IngressNode[]): readonly ListenerDraft[] {
  const [first] = ingresses;
  if (first === undefined || drafts.some(({ hostname }) => hostname === '')) return drafts;
  return [...drafts, ownDraft({ className: first.class.name, hostname: '', ingresses, certificates: [] })];
}

/**
 * Each host for which an Ingress has a certificate gets a listener. Where a Gateway has one for the same hostname, that
 * serves both. Where it has a wider one, its routes are served on the new listener too: they answered there before.
 */
function withCertificates(
  drafts: readonly ListenerDraft[],
  ingresses: readonly IngressNode[],
): readonly ListenerDraft[] {
  const byHostname = new Map(drafts.map((draft) => [draft.hostname, draft]));
  for (const ingress of ingresses) {
    for (const { hosts, certificate } of ingress.tls) {
      for (const hostname of hosts) {
        const own = { className: ingress.class.name, hostname, ingresses, certificates: [] };
        const draft = byHostname.get(hostname) ?? ownDraft({ ...own, routesOf: mostSpecific(drafts, hostname) });
        byHostname.set(hostname, { ...draft, certificates: [...new Set([...draft.certificates, certificate])] });
      }
    }
  }
  return [...byHostname.values()];
}

interface OwnDraft {
  readonly className: string;
  readonly hostname: string;
  readonly certificates: readonly CertificateKey[];
  readonly ingresses: readonly IngressNode[];
  readonly routesOf?: ListenerName | undefined;
}

function ownDraft({ className, hostname, certificates, ingresses, routesOf }: OwnDraft): ListenerDraft {
  return { name: `ingress/${className}`, hostname, certificates, routesOf, ingresses };
}

function mostSpecific(drafts: readonly ListenerDraft[], hostname: string): ListenerName | undefined {
  const wider = drafts.filter((draft) => covers(draft.hostname, hostname));
  return wider.toSorted((a, b) => compareHostnames(a.hostname, b.hostname))[0]?.routesOf;
}

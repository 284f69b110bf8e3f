// What a pod's process is told about itself, in the environment variable LAB_ECHO.

/** Written to standard output when every port listens. */
export const READY_LINE = 'ready\n';

export interface EchoPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

export interface EchoConfig {
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
  readonly ip: string;
  readonly ports: readonly EchoPort[];
  /** PEM; from a mounted Secret of type kubernetes.io/tls. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
}

/** How a port answers: by protocol, then by name, as Istio and others read port names. */
export type EchoMode = 'udp' | 'tcp' | 'https' | 'http';

const DEFAULT_PORT: EchoPort = { name: 'http', port: 8080, protocol: 'TCP' };
const TLS_PORTS: readonly number[] = [443, 8443];

/** Which kind of server a port gets. */
export function modeOf({ name, port, protocol }: EchoPort, { tls }: Pick<EchoConfig, 'tls'>): EchoMode {
  if (protocol === 'UDP') return 'udp';
  if (name.startsWith('tcp')) return 'tcp';
  return tls !== undefined && (name === 'https' || TLS_PORTS.includes(port)) ? 'https' : 'http';
}

/**
 * Reads LAB_ECHO. The names that images for tests read (POD_NAME, POD_NAMESPACE, NODE_NAME, POD_IP) win over it,
 * because a manifest sets those.
 */
export function echoConfig(env: Readonly<Record<string, string | undefined>>): EchoConfig {
  const config = JSON.parse(env['LAB_ECHO'] ?? '{}') as Partial<EchoConfig>;
  return {
    pod: env['POD_NAME'] ?? config.pod ?? '',
    namespace: env['POD_NAMESPACE'] ?? config.namespace ?? '',
    node: env['NODE_NAME'] ?? config.node ?? '',
    ip: env['POD_IP'] ?? config.ip ?? '',
    ports: config.ports === undefined || config.ports.length === 0 ? [DEFAULT_PORT] : config.ports,
    tls: config.tls,
  };
}

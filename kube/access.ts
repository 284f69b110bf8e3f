// How to reach an API server and how to prove who we are.

export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  /** False only when the kubeconfig says insecure-skip-tls-verify. */
  readonly verify: boolean;
}

export interface ClusterAccess {
  /** `https://host:port`, `http://host:port` or `unix:///path`. */
  readonly server: string;
  /** For the next connection; the same object as long as it is the same material. Files are read again when they change. */
  readonly tls: () => Promise<TlsMaterial>;
  /** The Authorization header of the next request; undefined when the connection alone says who we are. */
  readonly authorization: () => Promise<string | undefined>;
  /** Forgets cached credentials after the server refused them (401), or the connection. */
  readonly forget: () => void;
}

/** Nothing but the CAs that Node knows. */
export const DEFAULT_TLS: TlsMaterial = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  verify: true,
};

/** Access without credentials: the embedded server's unix socket, or a test server. */
export function anonymousAccess(server: string): ClusterAccess {
  return { server, tls: async () => DEFAULT_TLS, authorization: async () => undefined, forget: () => {} };
}

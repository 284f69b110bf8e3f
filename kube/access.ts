// How to reach an API server and how to prove who we are.

interface TlsMaterial {
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
  readonly tls: TlsMaterial;
  /** The Authorization header of the next request; undefined when the connection alone says who we are. */
  readonly authorization: () => Promise<string | undefined>;
  /** Forgets a cached credential after the server refused it (401). */
  readonly forget: () => void;
}

const NO_TLS: TlsMaterial = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  verify: true,
};

/** Access without credentials: the embedded server's unix socket, or a test server. */
export function anonymousAccess(server: string): ClusterAccess {
  return { server, tls: NO_TLS, authorization: async () => undefined, forget: () => {} };
}

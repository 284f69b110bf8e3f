// The kubeconfig that lets kubectl and our own programs in.
import { renameSync, writeFileSync } from 'node:fs';

export interface Access {
  /** `https://host:port`, or `unix:///path` for our own programs. */
  readonly server: string;
  /** CA as PEM. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
}

/** The text of a kubeconfig. JSON is YAML, so that nothing needs quoting rules. */
export function kubeconfigText({ server, ca, token }: Access): string {
  const cluster = {
    server,
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fairlead', cluster }],
    users: [{ name: 'admin', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'fairlead', context: { cluster: 'fairlead', user: 'admin' } }],
    'current-context': 'fairlead',
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Writes it with mode 0600, whole or not at all. */
export function writeKubeconfig(path: string, access: Access): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, kubeconfigText(access), { mode: 0o600 });
  renameSync(fresh, path);
}

// What the main job needs: a pool, a peer, an advertisement, a certificate, pods and a Gateway in front of them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './systemd-lab.ts';

export const HOST = 'shop.example.test';

/** Makes a certificate for HOST, signed by itself: `ca.crt` and `ca.key` in that folder. */
export async function makeCertificate(folder: string): Promise<void> {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  await command([
    'openssl',
    'req',
    ...kind,
    ...name,
    '-keyout',
    join(folder, 'ca.key'),
    '-out',
    join(folder, 'ca.crt'),
  ]);
}

/** All objects as YAML documents; the certificate is read from that folder. */
export async function mainJob(folder: string): Promise<string> {
  const base64 = async (file: string): Promise<string> => (await readFile(join(folder, file))).toString('base64');
  return `
apiVersion: fairlead.dev/v1alpha1
kind: LoadBalancerIPPool
metadata: { name: pool }
spec: { blocks: [{ cidr: 203.0.113.0/28 }] }
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPPeer
metadata: { name: router }
spec: { peerAddress: 10.10.0.1, peerASN: 64500, localASN: 64511, holdTimeSeconds: 3, keepaliveSeconds: 1, connectRetrySeconds: 1 }
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPAdvertisement
metadata: { name: all }
spec: {}
---
apiVersion: v1
kind: Secret
metadata: { name: shop-tls, namespace: default }
type: kubernetes.io/tls
data: { tls.crt: ${await base64('ca.crt')}, tls.key: ${await base64('ca.key')} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: default }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: shop, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: default }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: fairlead }
spec: { controllerName: fairlead.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: shop, namespace: default }
spec:
  gatewayClassName: fairlead
  listeners:
    - { name: http, port: 80, protocol: HTTP }
    - name: https
      port: 443
      protocol: HTTPS
      hostname: ${HOST}
      tls: { certificateRefs: [{ name: shop-tls }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: default }
spec:
  parentRefs: [{ name: shop }]
  hostnames: [${HOST}]
  rules: [{ backendRefs: [{ name: shop, port: 80 }] }]
`;
}

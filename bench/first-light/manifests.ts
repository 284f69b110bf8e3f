// What is applied in the measured lab.

/** The header by which an answer tells which version of the route made it. */
export const VERSION_HEADER = 'x-bench-version';

/** Everything but the Gateway: an address, a session, two pods, and a Service whose endpoints we set ourselves. */
export const SITE_MANIFESTS = `
apiVersion: fairlead.dev/v1alpha1
kind: LoadBalancerIPPool
metadata: {name: bench}
spec: {blocks: [{start: 203.0.113.9}]}
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPPeer
metadata: {name: router}
spec: {localASN: 64511, peerASN: 64500, peerAddress: 10.10.0.1, holdTimeSeconds: 9, keepaliveSeconds: 3, connectRetrySeconds: 1}
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPAdvertisement
metadata: {name: bench}
spec: {}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: fairlead}
spec: {controllerName: fairlead.dev/gateway-controller}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bench}
spec:
  replicas: 2
  selector: {matchLabels: {app: bench}}
  template:
    metadata: {labels: {app: bench}}
    spec: {containers: [{name: web, image: echo, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: bench}
spec: {ports: [{port: 80, targetPort: 8080}]}
${routeManifest(0)}`;

export const GATEWAY_MANIFEST = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: bench}
spec:
  gatewayClassName: fairlead
  listeners: [{name: http, protocol: HTTP, port: 80}]
`;

/** The route, in a version that the pod sees as a request header. */
export function routeManifest(version: number): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bench}
spec:
  parentRefs: [{name: bench}]
  rules:
    - filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: ${VERSION_HEADER}, value: v${version}}]}}]
      backendRefs: [{name: bench, port: 80}]
`;
}

/** One pod as the only endpoint of the Service. */
export function sliceManifest(address: string): string {
  return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: bench, labels: {kubernetes.io/service-name: bench}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints: [{addresses: ["${address}"], conditions: {ready: true}}]
`;
}

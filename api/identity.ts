// The names by which manifests address Fairlead.

export const GROUP = 'fairlead.dev';
export const API_VERSION = 'fairlead.dev/v1alpha1';
export const GATEWAY_CONTROLLER = 'fairlead.dev/gateway-controller';
export const INGRESS_CONTROLLER = 'fairlead.dev/ingress-controller';
export const LOAD_BALANCER_CLASS = 'fairlead.dev/lb';
export const SYSTEM_NAMESPACE = 'fairlead-system';
/** Label of the Service that ipam makes for a Gateway (GEP-1762). */
export const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
/** Label of the Service that ipam makes for an IngressClass without a Gateway of its own. */
export const INGRESS_CLASS_LABEL = 'fairlead.dev/ingress-class';

/** Name of the Service in the system namespace that holds the address of an IngressClass. */
export function ingressServiceName(className: string): string {
  return `fairlead-ingress-${className}`;
}

// Annotations that Services, Gateways and Ingresses may carry for us. Those of other load balancers are read too, so that
// a move to Fairlead needs no new manifests.

export interface AnnotationRow {
  readonly name: string;
  readonly scope: 'Service';
  readonly docs: string;
}

/** Addresses that a Service asks for, comma separated. The first annotation that is there counts. */
export const ADDRESS_ANNOTATIONS = [
  { name: 'fairlead.dev/ips', scope: 'Service', docs: 'Addresses that the Service shall have, comma separated.' },
  { name: 'lbipam.cilium.io/ips', scope: 'Service', docs: "Cilium's spelling of fairlead.dev/ips." },
  { name: 'io.cilium/lb-ipam-ips', scope: 'Service', docs: "Cilium's older spelling of fairlead.dev/ips." },
  { name: 'metallb.io/loadBalancerIPs', scope: 'Service', docs: "MetalLB's spelling of fairlead.dev/ips." },
  {
    name: 'metallb.universe.tf/loadBalancerIPs',
    scope: 'Service',
    docs: "MetalLB's older spelling of fairlead.dev/ips.",
  },
] as const satisfies readonly AnnotationRow[];

/** Our own of them, which ipam sets on the Service of a Gateway that asks for addresses. */
export const ADDRESSES_ANNOTATION = ADDRESS_ANNOTATIONS[0].name;

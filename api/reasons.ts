// Every reason that stands in a condition, an event, a metric label or an explanation, under one name.

/** Condition of a Service: does it have what it asked for? */
export const IPAM_REQUEST_SATISFIED = 'fairlead.dev/IPAMRequestSatisfied';
/** Conditions of a LoadBalancerIPPool. */
export const POOL_ACCEPTED = 'Accepted';
export const POOL_CONFLICT = 'fairlead.dev/PoolConflict';
/** These carry a number in their message, as Cilium's do; status.addresses has the same numbers as fields. */
export const POOL_COUNTS = {
  total: 'fairlead.dev/IPsTotal',
  available: 'fairlead.dev/IPsAvailable',
  used: 'fairlead.dev/IPsUsed',
} as const;

/** What ipam says in events. The first three are MetalLB's words. */
export const IPAM_EVENTS = [
  'IPAllocated',
  'AllocationFailed',
  'ClearAssignment',
  'PoolConflict',
  'PoolInvalid',
  'ServiceNameTaken',
  'ServiceNameInvalid',
  'ObjectInvalid',
] as const;
export type IpamEventReason = (typeof IPAM_EVENTS)[number];

/** Why a Service has or has not its address. The words are those of Cilium's LB IPAM. */
export const IPAM_REASONS = [
  'satisfied',
  'no_pool',
  'out_of_ips',
  'pool_selector_mismatch',
  'already_allocated',
  'invalid_request',
  'family_not_available',
] as const;
export type IpamReason = (typeof IPAM_REASONS)[number];

/** Why an address is withheld from the network on a node. */
export const WITHHOLD_REASONS = [
  'NoAllocation',
  'Releasing',
  'NotServed',
  'NoAdvertisement',
  'NoPeer',
  'NoNodeAddress',
  'NodeDraining',
  'NodeJoining',
  'ReportStale',
  'Closing',
] as const;
export type WithholdReason = (typeof WITHHOLD_REASONS)[number];

/** Reasons of the proxy: the Gateway API's own words in conditions, and ours where it has none (Ingress, unreadable objects). */
export const PROXY_REASONS = [
  // that all is well
  'Accepted',
  'NoConflicts',
  'Programmed',
  'ResolvedRefs',
  'SupportedVersion',
  // GatewayClass, Gateway, listener
  'AddressNotAssigned',
  'AddressNotUsable',
  'HostnameConflict',
  'Invalid',
  'InvalidCertificateRef',
  'InvalidRouteKinds',
  'ListenersNotValid',
  'NoResources',
  'OverlappingHostnames',
  'Pending',
  'PortUnavailable',
  'ProtocolConflict',
  'UnsupportedAddress',
  'UnsupportedProtocol',
  'UnsupportedVersion',
  // routes
  'BackendNotFound',
  'IncompatibleFilters',
  'InvalidKind',
  'NoMatchingListenerHostname',
  'NoMatchingParent',
  'NotAllowedByListeners',
  'RefNotPermitted',
  'UnsupportedValue',
  // Ingress
  'InvalidHost',
  'InvalidParameters',
  'InvalidPath',
  // any
  'Unreadable',
] as const;
export type ProxyReason = (typeof PROXY_REASONS)[number];

// The router of the lab, as an operator would configure his top-of-rack switch for Fairlead: FRR or BIRD.
import { type LabShape, LB_ASN, ROUTER_ADDRESS, ROUTER_ASN } from './topology.ts';

/** Fabric and pods: no neighbour may announce a part of these. */
const REFUSED_V4 = ['10.10.0.0/24', '10.244.0.0/16'];
/** Where pools for load balancers may lie. Only host routes are accepted from them. */
const ACCEPTED_V4 = [
  '203.0.113.0/24',
  '198.51.100.0/24',
  '192.0.2.0/24',
  '100.64.0.0/10',
  '172.17.0.0/16',
  '10.0.0.0/8',
];
const ACCEPTED_V6 = ['fd20::/16'];

/** bgpd.conf for FRR 8.4 and later. */
export function frrBgpdConfig(shape: LabShape): string {
  const peers = neighbours(shape);
  return `hostname router
log timestamp precision 3
!
router bgp ${ROUTER_ASN}
 bgp router-id ${ROUTER_ADDRESS}
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 neighbor LB peer-group
 neighbor LB remote-as ${LB_ASN}
 neighbor LB timers 3 9
 neighbor LB timers connect 1
 neighbor LB advertisement-interval 0
${peers.map((peer) => ` neighbor ${peer} peer-group LB`).join('\n')}
${frrFamily('ipv4', 'VIPS-IN')}
${frrFamily('ipv6', 'VIPS-IN')}
exit
!
route-map VIPS-IN permit 10
 match ip address prefix-list VIPS
exit
route-map VIPS-IN permit 20
 match ipv6 address prefix-list VIPS6
exit
route-map NOTHING deny 10
exit
!
${REFUSED_V4.map((prefix, i) => `ip prefix-list VIPS seq ${i + 1} deny ${prefix} le 32`).join('\n')}
${ACCEPTED_V4.map((prefix, i) => `ip prefix-list VIPS seq ${10 + i} permit ${prefix} ge 32`).join('\n')}
${ACCEPTED_V6.map((prefix, i) => `ipv6 prefix-list VIPS6 seq ${10 + i} permit ${prefix} ge 128`).join('\n')}
!
`;
}

/** bird.conf for BIRD 2. */
export function birdConfig(shape: LabShape): string {
  return `log stderr all;
router id ${ROUTER_ADDRESS};
timeformat log "%F %T.%3f";
protocol device { scan time 5; }
protocol direct { ipv4; ipv6; }
protocol kernel { ${birdKernel('ipv4')} merge paths yes limit 8; }
protocol kernel { ${birdKernel('ipv6')} merge paths yes limit 8; }
filter vips {
  if net ~ [${REFUSED_V4.map((prefix) => `${prefix}+`).join(', ')}] then reject;
  if net ~ [${ACCEPTED_V4.map((prefix) => `${prefix}{32,32}`).join(', ')}] then accept;
  reject;
}
filter vips6 { if net ~ [${ACCEPTED_V6.map((prefix) => `${prefix}{128,128}`).join(', ')}] then accept; reject; }
template bgp LB {
  hold time 9; keepalive time 3; connect retry time 1; connect delay time 1; error wait time 1,4;
  direct; graceful restart aware;
  ipv4 { import filter vips; export none; };
  ipv6 { import filter vips6; export none; };
}
${neighbours(shape)
  .map(
    (peer, i) =>
      `protocol bgp peer${i + 1} from LB { local ${localFor(peer)} as ${ROUTER_ASN}; neighbor ${peer} as ${LB_ASN}; }`,
  )
  .join('\n')}
`;
}

function neighbours({ lbNodes }: LabShape): readonly string[] {
  const hosts = Array.from({ length: lbNodes }, (_, i) => 11 + i);
  return [...hosts.map((host) => `10.10.0.${host}`), ...hosts.map((host) => `fd10::${host}`)];
}

function frrFamily(family: 'ipv4' | 'ipv6', importMap: string): string {
  return ` address-family ${family} unicast
  neighbor LB activate
  neighbor LB route-map ${importMap} in
  neighbor LB route-map NOTHING out
  neighbor LB soft-reconfiguration inbound
  maximum-paths 8
 exit-address-family`;
}

function birdKernel(family: 'ipv4' | 'ipv6'): string {
  return `${family} { import none; export filter { if source = RTS_BGP then accept; reject; }; };`;
}

function localFor(peer: string): string {
  return peer.includes(':') ? 'fd10::1' : ROUTER_ADDRESS;
}

// Hostnames of listeners, routes and Ingresses: exact, `*.` and a suffix, or '' for every host.
import { compareText } from './compare-text.ts';

const LABEL = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;
const IPV4 = /^\d+(\.\d+){3}$/;

/** Lower case and without a trailing dot; undefined stands for every host. */
export function normalizeHostname(hostname: string | undefined): string {
  const lower = (hostname ?? '').toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** Whether this is a DNS name, with or without a leading `*.`; no address, no port, no lone star. */
export function isHostname(hostname: string): boolean {
  const name = hostname.startsWith('*.') ? hostname.slice(2) : hostname;
  return name.length <= 253 && !IPV4.test(name) && name.split('.').every((label) => LABEL.test(label));
}

export function isWildcard(hostname: string): boolean {
  return hostname.startsWith('*.');
}

/** Whether every host of `inner` is also one of `outer`. A star stands for one or more labels; `*.x` has no `x`. */
export function covers(outer: string, inner: string): boolean {
  if (outer === '' || outer === inner) return true;
  return isWildcard(outer) && inner.endsWith(outer.slice(1)) && inner.length > outer.length - 1;
}

/** The hosts that two hostnames have in common, as the narrower of both; undefined where there are none. */
export function intersect(a: string, b: string): string | undefined {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

/** The most specific first: exact names, then wildcards, the longer before the shorter, then ''. Total. */
export function compareHostnames(a: string, b: string): number {
  return hostnameRank(a) - hostnameRank(b) || b.length - a.length || compareText(a, b);
}

export function labelCount(hostname: string): number {
  return hostname.split('.').length;
}

function hostnameRank(hostname: string): number {
  if (hostname === '') return 2;
  return isWildcard(hostname) ? 1 : 0;
}

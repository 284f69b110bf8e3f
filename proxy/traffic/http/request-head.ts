// What every engine hands to routing: the head of a request, checked once against what could be read in two ways.
import { canonicalPath } from './canonical-path.ts';
import { countOf, fieldOf, type HeaderList } from './header-list.ts';
import { hostOfAuthority } from './host-name.ts';

/** A head as an engine's parser delivers it. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  /** `1.0`, `1.1`, `2.0`. */
  readonly version: string;
  readonly headers: HeaderList;
  readonly scheme: 'http' | 'https';
  /** Stands for the Host of a client that knows none (HTTP/1.0): the address that it connected to. */
  readonly ownAuthority?: string;
}

export interface RequestHead {
  readonly method: string;
  /** As the client spelt it, without the query. */
  readonly path: string;
  /** With its question mark, or ''. */
  readonly query: string;
  /** What rules are compared with. */
  readonly canonicalPath: string;
  /** As the client spelt it, with port. */
  readonly authority: string;
  /** Lower case, without port and trailing dot. */
  readonly host: string;
  readonly headers: HeaderList;
  readonly scheme: 'http' | 'https';
}

/** A head that is not carried any further. The connection is closed with the answer. */
export interface HeadFault {
  readonly status: number;
  readonly reason: string;
}

export type HeadReading =
  | { readonly ok: true; readonly head: RequestHead }
  | { readonly ok: false; readonly fault: HeadFault };

export interface HeadLimits {
  readonly maxHeaders: number;
  readonly maxTargetBytes: number;
}

const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT']);

/**
 * Reads a head, or says why it is refused. These are the cases in which two HTTP programs in a row have been seen to
 * disagree (RFC 9112 §3.2, §6.1, §11.2): more than one Host, a Host that is no authority, a transfer coding other than
 * chunked, chunked in HTTP/1.0, a fragment in the target, a broken escape.
 */
export function readRequestHead(raw: RawHead, limits: HeadLimits): HeadReading {
  const fault = faultOf(raw, limits);
  if (fault !== undefined) return { ok: false, fault };
  const target = splitTarget(raw);
  if (target === undefined) return refuse(400, 'the request target is neither a path nor a URL of this listener');
  const host = hostOfAuthority(target.authority);
  if (host === undefined) return refuse(400, 'Host is no valid authority');
  const canonical = canonicalPath(target.path);
  if (canonical === undefined) return refuse(400, 'the path holds a broken escape');
  const { method, headers, scheme } = raw;
  return { ok: true, head: { method, ...target, canonicalPath: canonical, host, headers, scheme } };
}

function faultOf({ method, target, version, headers }: RawHead, limits: HeadLimits): HeadFault | undefined {
  if (version !== '1.1' && version !== '1.0') return { status: 505, reason: `HTTP/${version} is not spoken here` };
  if (headers.length / 2 > limits.maxHeaders) return { status: 431, reason: 'too many header fields' };
  if (target.length > limits.maxTargetBytes) return { status: 414, reason: 'the request target is too long' };
  if (REFUSED_METHODS.has(method)) return { status: 405, reason: `${method} is not carried` };
  if (target.includes('#')) return { status: 400, reason: 'the request target holds a fragment' };
  const hosts = countOf(headers, 'host');
  if (hosts > 1 || (hosts === 0 && version !== '1.0')) return { status: 400, reason: 'exactly one Host is needed' };
  return framingFault(version, headers);
}

function framingFault(version: string, headers: HeaderList): HeadFault | undefined {
  const coding = fieldOf(headers, 'transfer-encoding');
  if (coding === undefined) return undefined;
  if (version === '1.0') return { status: 400, reason: 'HTTP/1.0 knows no Transfer-Encoding' };
  if (coding.trim().toLowerCase() !== 'chunked') return { status: 501, reason: 'the only transfer coding is chunked' };
  if (countOf(headers, 'content-length') > 0) return { status: 400, reason: 'Content-Length beside Transfer-Encoding' };
  return undefined;
}

interface Target {
  readonly path: string;
  readonly query: string;
  readonly authority: string;
}

/** An absolute target's authority replaces Host (RFC 9112 §3.2.2); its scheme must be the listener's. */
function splitTarget({ method, target, headers, scheme, ownAuthority = '' }: RawHead): Target | undefined {
  const authority = fieldOf(headers, 'host') ?? ownAuthority;
  if (target === '*' && method === 'OPTIONS') return { path: '*', query: '', authority };
  if (target.startsWith('/')) return { ...splitQuery(target), authority };
  const absolute = /^(?<scheme>https?):\/\/(?<authority>[^/?]+)(?<rest>.*)$/i.exec(target)?.groups;
  if (absolute?.['scheme']?.toLowerCase() !== scheme) return undefined;
  const rest = absolute['rest'] ?? '';
  return { ...splitQuery(rest.startsWith('/') ? rest : `/${rest}`), authority: absolute['authority'] ?? '' };
}

function splitQuery(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) };
}

function refuse(status: number, reason: string): HeadReading {
  return { ok: false, fault: { status, reason } };
}

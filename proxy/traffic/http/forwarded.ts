// What the pod learns about the client: the same fields as ingress-nginx sends.
import { fieldOf, type HeaderList, withoutFields } from './header-list.ts';

export interface ClientConnection {
  /** The other end of the TCP connection. */
  readonly peer: string;
  /** The port that the client connected to. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

export interface ForwardedInput {
  readonly headers: HeaderList;
  readonly authority: string;
  readonly connection: ClientConnection;
  /** Is this address a proxy whose word about the client is believed? */
  readonly isTrusted: (address: string) => boolean;
  readonly newRequestId: () => string;
}

export interface Forwarded {
  readonly headers: string[];
  /** The client as far as it can be trusted; for the log. */
  readonly client: string;
  readonly requestId: string;
}

/** Fields that we write ourselves, whoever asks. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-scheme',
  'x-real-ip',
  'x-request-id',
  'forwarded',
]);
const SANE_REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Replaces or removes every X-Forwarded-* that the client sent (X-Forwarded-Prefix and -User too), unless the client is
 * a trusted proxy: then its word about scheme, host and port stands and our peer is appended to its X-Forwarded-For.
 * `Forwarded` is never passed on.
 */
export function withForwarded(input: ForwardedInput): Forwarded {
  const { headers, authority, connection, isTrusted } = input;
  const isFromProxy = isTrusted(connection.peer);
  const told = (name: string): string | undefined => (isFromProxy ? fieldOf(headers, name) : undefined);
  const chain = told('x-forwarded-for');
  const scheme = told('x-forwarded-proto') ?? connection.scheme;
  const client = chain === undefined ? connection.peer : firstUntrusted(chain, input);
  const requestId = requestIdOf(input);
  const fields = withoutFields(
    headers,
    (name) => OWN_FIELDS.has(name) || (!isFromProxy && name.startsWith('x-forwarded-')),
  );
  fields.push('x-forwarded-for', chain === undefined ? connection.peer : `${chain}, ${connection.peer}`);
  fields.push('x-forwarded-host', told('x-forwarded-host') ?? authority);
  fields.push('x-forwarded-port', told('x-forwarded-port') ?? String(connection.port));
  fields.push('x-forwarded-proto', scheme, 'x-forwarded-scheme', scheme, 'x-scheme', scheme);
  fields.push('x-real-ip', client, 'x-request-id', requestId);
  return { headers: fields, client, requestId };
}

/** From the right: the first address that none of ours vouches for. */
function firstUntrusted(chain: string, { connection, isTrusted }: ForwardedInput): string {
  const hops = chain
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  return hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? connection.peer;
}

function requestIdOf({ headers, newRequestId }: ForwardedInput): string {
  const given = fieldOf(headers, 'x-request-id');
  return given !== undefined && SANE_REQUEST_ID.test(given) ? given : newRequestId();
}

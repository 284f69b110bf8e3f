import { ProxyError, type ProxyErrorCode, type ProxyErrorOptions } from '../proxy-error.ts';

type Row = readonly [ProxyErrorCode, NonNullable<ProxyErrorOptions['retryable']>];

/** undici's codes and the system's, as what they mean to a request. */
const ROWS: Readonly<Record<string, Row>> = {
  ECONNREFUSED: ['UpstreamRefused', 'neverSent'],
  EHOSTUNREACH: ['UpstreamRefused', 'neverSent'],
  ENETUNREACH: ['UpstreamRefused', 'neverSent'],
  EADDRNOTAVAIL: ['UpstreamRefused', 'neverSent'],
  EMFILE: ['UpstreamRefused', 'neverSent'],
  UND_ERR_CONNECT_TIMEOUT: ['UpstreamConnectTimeout', 'neverSent'],
  ETIMEDOUT: ['UpstreamConnectTimeout', 'neverSent'],
  UND_ERR_CLOSED: ['UpstreamReset', 'neverSent'],
  UND_ERR_DESTROYED: ['UpstreamReset', 'neverSent'],
  ECONNRESET: ['UpstreamReset', 'maybeSent'],
  EPIPE: ['UpstreamReset', 'maybeSent'],
  UND_ERR_SOCKET: ['UpstreamReset', 'maybeSent'],
  UND_ERR_HEADERS_TIMEOUT: ['UpstreamTimeout', 'never'],
  UND_ERR_BODY_TIMEOUT: ['UpstreamTimeout', 'never'],
};

/** An error of a request to an endpoint. Whatever is not known is a fault of the answer: 502, never repeated. */
export function upstreamError(error: Error): ProxyError {
  if (error instanceof ProxyError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const [meaning, retryable] = ROWS[code] ?? (['UpstreamProtocol', 'never'] as const);
  return new ProxyError(meaning, { source: 'upstream', retryable, cause: error });
}

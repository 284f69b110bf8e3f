// Fields that concern one connection only end here (RFC 9110 §7.6.1).
import { fieldOf, type HeaderList, withoutFields } from './header-list.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** A client may not make us lose these by naming them in Connection. */
const UNTOUCHABLE: ReadonlySet<string> = new Set(['host', 'content-length', 'authorization', 'cookie', 'expect']);

const NO_TRAILERS: ReadonlySet<string> = new Set(['content-length', 'host', 'trailer', 'set-cookie']);

/**
 * The fields that travel on with a request. Names with an underscore are dropped: programs that turn names into
 * variables cannot tell `a_b` from `a-b`. Trailer goes too, as request trailers are not carried.
 */
export function endToEndRequestFields(headers: HeaderList): string[] {
  const named = namedByConnection(headers);
  return withoutFields(headers, (name) => {
    if (HOP_BY_HOP.has(name) || name === 'expect' || name === 'trailer' || name.includes('_')) return true;
    return named !== undefined && named.has(name) && !UNTOUCHABLE.has(name) && !name.startsWith('x-forwarded-');
  });
}

/** The fields that travel on with an answer. Trailer stays: trailers of answers are carried. */
export function endToEndResponseFields(headers: HeaderList): string[] {
  const named = namedByConnection(headers);
  return withoutFields(
    headers,
    (name) => HOP_BY_HOP.has(name) || (named !== undefined && named.has(name) && name !== 'content-length'),
  );
}

/** Trailers without what must not stand in one: framing, and fields of the connection (RFC 9110 §6.5.1). */
export function withoutFraming(trailers: HeaderList): string[] {
  return withoutFields(trailers, (name) => HOP_BY_HOP.has(name) || NO_TRAILERS.has(name));
}

function namedByConnection(headers: HeaderList): ReadonlySet<string> | undefined {
  const value = fieldOf(headers, 'connection');
  if (value === undefined) return undefined;
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}

// Who is asking: the owner of the unix socket, the subject of a client certificate, or the bearer of a token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../http/call.ts';

export const ADMIN: User = { name: 'system:admin', groups: ['system:masters', 'system:authenticated'] };

/** A token file is wrong. The message names the line, never the token. */
export class TokenFileError extends Error {
  readonly code = 'TOKEN_FILE';
}

export interface TokenEntry {
  readonly token: string;
  readonly user: User;
}

/** Reads a token file: `TOKEN` alone is the administrator's; else `TOKEN,USER,UID,"GROUP,GROUP"`. */
export function parseTokenFile(text: string): readonly TokenEntry[] {
  const entries = text.split('\n').flatMap((line, i) => {
    const trimmed = line.trim();
    return trimmed === '' || trimmed.startsWith('#') ? [] : [parseLine(trimmed, i + 1)];
  });
  if (entries.length === 0) throw new TokenFileError('the token file holds no token');
  return entries;
}

function parseLine(line: string, number: number): TokenEntry {
  const match = /^([^,\s"]+)(?:,([^,"]+),([^,"]*)(?:,(?:"([^"]*)"|([^,"]*)))?)?$/.exec(line);
  if (match?.[1] === undefined) throw new TokenFileError(`line ${number} is not TOKEN or TOKEN,USER,UID,"GROUPS"`);
  const [, token, name, , quoted, plain] = match;
  if (name === undefined) return { token, user: ADMIN };
  const groups = (quoted ?? plain ?? '').split(',').filter(Boolean);
  return { token, user: { name, groups: [...groups, 'system:authenticated'] } };
}

export class TokenBook {
  readonly #entries: readonly { readonly digest: Buffer; readonly user: User }[];

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries.map(({ token, user }) => ({ digest: digestOf(token), user }));
  }

  /** Compares in constant time, so that answers tell nothing about a token that is nearly right. */
  find(token: string): User | undefined {
    const digest = digestOf(token);
    const [found] = this.#entries.filter((entry) => timingSafeEqual(entry.digest, digest));
    return found?.user;
  }
}

/** Over TCP: a verified client certificate, else a bearer token. */
export function authenticateTls(tokens: TokenBook): (request: IncomingMessage) => User | undefined {
  return (request) => userOfCertificate(request) ?? userOfHeader(request, tokens);
}

/** Over the unix socket: the file's mode has decided already. */
export function authenticateSocket(): User {
  return ADMIN;
}

function userOfHeader({ headers }: IncomingMessage, tokens: TokenBook): User | undefined {
  const [scheme, token] = (headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? tokens.find(token) : undefined;
}

function userOfCertificate({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject;
  if (subject?.CN === undefined) return undefined;
  return { name: subject.CN, groups: [...[subject.O ?? []].flat(), 'system:authenticated'] };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

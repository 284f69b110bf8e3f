// Requests as clients make them, with control over the connection.
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface ClientOptions extends RequestOptions {
  readonly body?: string | Buffer;
  readonly tls?: { readonly ca: string; readonly servername?: string };
}

/** One request and its whole answer. Rejects when the connection breaks first. */
export function ask(options: ClientOptions): Promise<Reply> {
  const { body, tls, ...rest } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const request = tls === undefined ? httpRequest(rest) : httpsRequest({ ...rest, ...tls });
  request.on('error', reject).on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        trailers: response.trailers,
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
  request.end(body);
  return promise;
}

/** Sends bytes and resolves with everything that comes back until the other side closes. */
export function sendRaw(where: { readonly host: string; readonly port: number }, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(where);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {}).on('close', () => resolve(received));
  socket.write(text, 'latin1');
  return promise;
}

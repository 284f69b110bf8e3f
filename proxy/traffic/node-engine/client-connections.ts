import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests under way: more than one when a client does not wait for answers. */
  pending: number;
  latest: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  quietSince: number;
}

/** The connections of one listening socket: which are busy, whose turn it is, and for how long the others are quiet. */
export class ClientConnections {
  readonly #bySocket = new Map<Socket, Connection>();

  /** Takes a connection over on which requests may come. */
  add(socket: Socket): void {
    this.#bySocket.set(socket, { socket, pending: 0, latest: undefined, quietSince: performance.now() });
    socket.once('close', () => this.#bySocket.delete(socket));
  }

  /** A request has come. False: an earlier one on its connection is answered with the end of the connection. */
  begin(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined || connection.latest?.response.shouldKeepAlive === false) return false;
    connection.latest = { request, response };
    connection.pending += 1;
    response.once('close', () => {
      connection.pending -= 1;
      connection.quietSince = performance.now();
    });
    return true;
  }

  /** An upgraded connection is no longer one that waits for requests. */
  release(socket: Socket): void {
    this.#bySocket.delete(socket);
  }

  /** Nothing has moved for a while: is that the client's doing? Then the connection is of no use any more. */
  isClientsTurn(socket: Socket): boolean {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined || connection.pending === 0) return true;
    return connection.latest?.request.complete === false || socket.writableLength > 0;
  }

  /**
   * Ends the connections that have been without a request for `quietMs`. Never one with a request under way, and not
   * one that has just answered: its next request may already be travelling.
   */
  endQuiet(quietMs: number): void {
    const before = performance.now() - quietMs;
    for (const { socket, pending, quietSince } of this.#bySocket.values()) {
      if (pending === 0 && quietSince <= before) socket.end();
    }
  }
}

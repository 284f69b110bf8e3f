import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** The request under way. */
  current: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  quietSince: number;
}

/** The connections of one listening socket: which are busy, whose turn it is, and for how long the others are quiet. */
export class ClientConnections {
  readonly #bySocket = new Map<Socket, Connection>();

  /** Takes a connection over on which requests may come. */
  add(socket: Socket): void {
    this.#bySocket.set(socket, { socket, current: undefined, quietSince: performance.now() });
    socket.once('close', () => this.#bySocket.delete(socket));
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) return;
    connection.current = { request, response };
    response.once('close', () => {
      if (connection.current?.response !== response) return;
      connection.current = undefined;
      connection.quietSince = performance.now();
    });
  }

  /** An upgraded connection is no longer one that waits for requests. */
  release(socket: Socket): void {
    this.#bySocket.delete(socket);
  }

  /** Nothing has moved for a while: is that the client's doing? Then the connection is of no use any more. */
  isClientsTurn(socket: Socket): boolean {
    const current = this.#bySocket.get(socket)?.current;
    return current === undefined || !current.request.complete || socket.writableLength > 0;
  }

  /**
   * Ends the connections that have been without a request for `quietMs`. Never one with a request under way, and not
   * one that has just answered: its next request may already be travelling.
   */
  endQuiet(quietMs: number): void {
    const before = performance.now() - quietMs;
    for (const { socket, current, quietSince } of this.#bySocket.values()) {
      if (current === undefined && quietSince <= before) socket.end();
    }
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request that has come, and how to serve it. */
export interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly serve: () => void;
}

interface Connection {
  readonly socket: Socket;
  /** The first is under way. More than one when a client does not wait for answers. */
  turns: readonly Turn[];
  quietSince: number;
}

/** No client has reason to ask so much ahead; what it has asked is kept in memory. */
const MAX_TURNS = 1000;

/** The connections of one listening socket: which are busy, whose turn it is, and for how long the others are quiet. */
export class ClientConnections {
  readonly #bySocket = new Map<Socket, Connection>();

  /** Takes a connection over on which requests may come. */
  add(socket: Socket): void {
    this.#bySocket.set(socket, { socket, turns: [], quietSince: performance.now() });
    socket.once('close', () => this.#bySocket.delete(socket));
  }

  /**
   * A request has come. It is served after those before it on its connection, never beside them: their order may be
   * what the client means (RFC 9112 §9.3.2). It is not served at all when one of them is answered with the end of the
   * connection, as nobody would get to know what became of it.
   */
  begin(turn: Turn): void {
    const connection = this.#bySocket.get(turn.request.socket);
    if (connection === undefined) return;
    if (connection.turns.length >= MAX_TURNS) return void connection.socket.destroy();
    connection.turns = [...connection.turns, turn];
    if (connection.turns.length === 1) this.#serve(connection, turn);
  }

  /** An upgraded connection is no longer one that waits for requests. False: it still owes answers. */
  release(socket: Socket): boolean {
    const connection = this.#bySocket.get(socket);
    this.#bySocket.delete(socket);
    return connection !== undefined && connection.turns.length === 0 && socket.writable;
  }

  /** Nothing has moved for a while: is that the client's doing? Then the connection is of no use any more. */
  isClientsTurn(socket: Socket): boolean {
    const current = this.#bySocket.get(socket)?.turns[0];
    return current === undefined || !current.request.complete || socket.writableLength > 0;
  }

  /**
   * Ends the connections that have been without a request for `quietMs`. Never one with a request under way, and not
   * one that has just answered: its next request may already be travelling.
   */
  endQuiet(quietMs: number): void {
    const before = performance.now() - quietMs;
    for (const { socket, turns, quietSince } of this.#bySocket.values()) {
      if (turns.length === 0 && quietSince <= before) socket.end();
    }
  }

  #serve(connection: Connection, turn: Turn): void {
    if (!connection.socket.writable) return;
    turn.response.once('close', () => {
      connection.turns = connection.turns.slice(1);
      connection.quietSince = performance.now();
      const next = connection.turns[0];
      if (next !== undefined && turn.response.shouldKeepAlive) this.#serve(connection, next);
    });
    turn.serve();
  }
}

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Network } from './network.ts';

const NODE = join(import.meta.dirname, '../../../node_modules/.bin/node');

/** A TCP server on a node that answers every line with the node's name. Resolves when it listens. */
export async function startEchoServer(
  network: Network,
  node: string,
  { address, port = 80 }: { readonly address: string; readonly port?: number },
): Promise<ChildProcess> {
  const child = network.start(node, [NODE, join(import.meta.dirname, 'echo-server.ts'), node, address, String(port)]);
  await nextLine(linesOf(child));
  return child;
}

/** A client with long-lived connections. */
export class LiveClient {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(network: Network, { address, port = 80 }: { readonly address: string; readonly port?: number }) {
    this.#child = network.start('client', [NODE, join(import.meta.dirname, 'live-client.ts'), address, String(port)]);
    this.#lines = linesOf(this.#child);
  }

  /** Opens more connections; what came of each: `connected`, an error's code, or `silence` after 5 s. */
  open(count: number): Promise<readonly string[]> {
    return this.#command(`open ${count}`);
  }

  /** Who answers on each connection: a node's name, an error's code, `closed`, or `silence` after 5 s. */
  ask(): Promise<readonly string[]> {
    return this.#command('ask');
  }

  async #command(line: string): Promise<readonly string[]> {
    const answer = nextLine(this.#lines);
    this.#child.stdin?.write(`${line}\n`);
    return JSON.parse(await answer);
  }
}

function linesOf(child: ChildProcess): Interface {
  if (child.stdout === null) throw new Error('bug: no pipe');
  return createInterface({ input: child.stdout });
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve) => lines.once('line', resolve));
}

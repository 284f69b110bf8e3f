// Starts speakers in a test network and stands in for what surrounds them: the API server and the proxy.
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type AnnouncedReport,
  encodeReport,
  parseAnnouncedReport,
  type ServedAddress,
} from '../../../api/serving-report.ts';
import type { DesiredNodeStatus } from '../../../speaker/plan/node-status.ts';
import { gobgpSocket } from './gobgpd.ts';
import type { Network } from './network.ts';

const NODE = join(import.meta.dirname, '../../../node_modules/.bin/node');
const PROGRAM = join(import.meta.dirname, 'speaker-process.ts');

export interface Pass {
  /** When the pass ended, ms since the epoch. */
  readonly at: number;
  readonly isBlind: boolean;
  readonly status: DesiredNodeStatus;
  readonly changes: readonly string[];
}

export function servingSocket(network: Network, node: string): string {
  return join(network.folder, `serving-${node}.sock`);
}

/** One running speaker. */
export class TestSpeaker {
  readonly child: ChildProcess;
  readonly passes: Pass[] = [];
  readonly log: string[] = [];

  constructor(network: Network, node: string) {
    const settings = { node, gobgpSocket: gobgpSocket(network, node), servingSocket: servingSocket(network, node) };
    this.child = network.start(node, [NODE, PROGRAM, JSON.stringify(settings)]);
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('bug: no pipes');
    createInterface({ input: stdout }).on('line', (line) => this.passes.push(JSON.parse(line)));
    createInterface({ input: stderr }).on('line', (line) => this.log.push(line));
  }

  get last(): Pass {
    const pass = this.passes.at(-1);
    if (pass === undefined) throw new Error(`the speaker has made no pass yet: ${this.log.join('\n')}`);
    return pass;
  }

  /** The API server's part: from now on these are all objects. */
  know(objects: object): void {
    this.child.stdin?.write(`${JSON.stringify(objects)}\n`);
  }
}

/** The proxy's part on one node: serves what it is told, and repeats it. */
export class TestProxy {
  readonly heard: AnnouncedReport[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #node: string;
  #addresses: readonly ServedAddress[] = [];
  #sequence = 0;
  #beat: NodeJS.Timeout | undefined;

  private constructor(node: string) {
    this.#node = node;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  static async start(network: Network, node: string): Promise<TestProxy> {
    const proxy = new TestProxy(node);
    const path = servingSocket(network, node);
    await rm(path, { force: true });
    await new Promise<void>((resolve) => proxy.#server.listen(path, resolve));
    proxy.resume();
    return proxy;
  }

  serve(addresses: readonly ServedAddress[]): void {
    this.#addresses = addresses;
    this.#sequence++;
    this.#send();
  }

  /** Silence, with the connection open: as a proxy that hangs. */
  hang(): void {
    clearInterval(this.#beat);
  }

  resume(): void {
    this.#beat = setInterval(() => this.#send(), 250);
  }

  /** The end of the connection: as a proxy that was killed. */
  async die(): Promise<void> {
    clearInterval(this.#beat);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    createInterface({ input: socket }).on('line', (line) => {
      const parsed = parseAnnouncedReport(JSON.parse(line));
      if (parsed.ok) this.heard.push(parsed.value);
    });
    this.#send();
  }

  #send(): void {
    const report = {
      type: 'report' as const,
      node: this.#node,
      sequence: this.#sequence,
      addresses: [...this.#addresses],
      connections: this.connections,
    };
    for (const socket of this.#sockets) socket.write(encodeReport(report));
  }
}

// The process of every pod of the lab, whatever its image: it listens on the pod's ports and says what it received.

import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createEchoServer } from './http-server.ts';
import { type EchoConfig, type EchoPort, echoConfig, modeOf, READY_LINE } from './identity.ts';

/** A pod that is told to go still takes requests for a while, as one with a preStop hook does: routers learn late. */
const LINGER_MS = 1000;

export interface EchoListener {
  readonly name: string;
  readonly port: number;
  readonly close: () => void;
}

/** Listens on every port of the pod, or rejects. Port 0 takes a free one, which the result tells. */
export function listenAll(config: EchoConfig): Promise<readonly EchoListener[]> {
  return Promise.all(config.ports.map((port) => listenOn(port, config)));
}

function listenOn(port: EchoPort, config: EchoConfig): Promise<EchoListener> {
  const mode = modeOf(port, config);
  switch (mode) {
    case 'udp':
      return listenUdp(port, config);
    case 'tcp':
      return listenTcp(
        createServer((socket) => void socket.on('error', () => {}).pipe(socket)),
        port,
        config,
      );
    case 'http':
    case 'https':
      return createEchoServer(config, { tls: mode === 'https' }).then((server) => listenTcp(server, port, config));
    default:
      return mode satisfies never;
  }
}

async function listenTcp(server: Server, { name, port }: EchoPort, { ip }: EchoConfig): Promise<EchoListener> {
  const listening = once(server, 'listening');
  server.listen({ port, ...(ip === '' ? {} : { host: ip }) });
  await listening;
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return { name, port: taken, close: () => server.close() };
}

async function listenUdp({ name, port }: EchoPort, { ip }: EchoConfig): Promise<EchoListener> {
  const { createSocket } = await import('node:dgram');
  const socket: UdpSocket = createSocket('udp4');
  socket.on('message', (data, from) => socket.send(data, from.port, from.address));
  const listening = once(socket, 'listening');
  socket.bind(port, ...(ip === '' ? [] : [ip]));
  await listening;
  return { name, port: socket.address().port, close: () => socket.close() };
}

async function main(): Promise<void> {
  const listeners = await listenAll(echoConfig(process.env));
  process.once('SIGTERM', () => {
    setTimeout(
      () => {
        for (const listener of listeners) listener.close();
        process.exit(0);
      },
      Number(process.env['ECHO_LINGER_MS'] ?? LINGER_MS),
    );
  });
  process.stdout.write(READY_LINE);
}

if (import.meta.main) await main();

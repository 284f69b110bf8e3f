import type { Duplex } from 'node:stream';
import type { HeaderList } from '../http/header-list.ts';

export interface TunnelOptions {
  readonly client: Duplex & { setTimeout(ms: number, onTimeout: () => void): unknown };
  /** What the client sent right after its head. */
  readonly clientHead: Buffer;
  readonly upstream: Duplex;
  /** Of the answer, without Connection and Upgrade. */
  readonly headers: HeaderList;
  readonly protocol: string;
  readonly idleMs: number;
  readonly onEnd: (bytesToClient: number) => void;
}

/** Answers 101 and passes bytes both ways until both sides have ended, one breaks, or nothing moves for `idleMs`. */
export function openTunnel(options: TunnelOptions): void {
  const { client, clientHead, upstream, headers, protocol, idleMs, onEnd } = options;
  let bytes = 0;
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  client.on('error', cut).once('close', () => {
    cut();
    onEnd(bytes);
  });
  upstream.on('error', cut).once('close', () => client.end());
  client.setTimeout(idleMs, cut);
  client.write(switchingProtocols(headers, protocol), 'latin1');
  if (clientHead.length > 0) upstream.write(clientHead);
  upstream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  upstream.pipe(client);
  client.pipe(upstream);
}

function switchingProtocols(headers: HeaderList, protocol: string): string {
  let head = `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}

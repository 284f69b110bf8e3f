// live-client.ts ADDRESS PORT: keeps TCP connections open and does what standard input says, one command per line:
// `open N` opens N more connections, `ask` sends a line on each and prints who answered, as a JSON list.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const ANSWER_MS = 5000;
const [host = '', port = ''] = process.argv.slice(2);
const sockets: Socket[] = [];

function open(): Promise<string> {
  const socket = connect({ host, port: Number(port) });
  sockets.push(socket);
  return firstOf(socket, 'connect', () => 'connected');
}

function ask(socket: Socket): Promise<string> {
  const answer = firstOf(socket, 'data', (data) => String(data).trim());
  socket.write('who\n');
  return answer;
}

function firstOf(socket: Socket, event: string, read: (data: unknown) => string): Promise<string> {
  return new Promise((resolve) => {
    const finish = (text: string): void => {
      clearTimeout(timer);
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      socket.on('error', () => {});
      resolve(text);
    };
    const onEvent = (data: unknown): void => finish(read(data));
    const onError = (error: Error): void => finish('code' in error ? String(error.code) : error.message);
    const onClose = (): void => finish('closed');
    const timer = setTimeout(() => finish('silence'), ANSWER_MS);
    socket.once(event, onEvent).once('error', onError).once('close', onClose);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, count = '0'] = line.split(' ');
  const work = command === 'open' ? Array.from({ length: Number(count) }, open) : sockets.map(ask);
  process.stdout.write(`${JSON.stringify(await Promise.all(work))}\n`);
}

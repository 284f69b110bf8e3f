// echo-server.ts NAME ADDRESS PORT: answers each line of each connection with its own name.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [name = '', host = '', port = ''] = process.argv.slice(2);
const server = createServer((socket) => {
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', () => socket.write(`${name}\n`));
});
server.listen({ host, port: Number(port) }, () => process.stdout.write('listening\n'));

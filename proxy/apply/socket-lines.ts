import type { Socket } from 'node:net';

/** A longer line comes from nobody who speaks our protocol. */
const MAX_LINE_CHARS = 1024 * 1024;

/**
 * Calls back for each whole line that comes. Who sends an endless one is disconnected. Not node:readline: there an
 * error of the socket is an error of the reader too, which nobody expects and which ends the process.
 */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > MAX_LINE_CHARS) socket.destroy();
  });
}

// A unix socket's file outlives the process that made it: the next one has to clear it away before it can listen.
import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Removes the socket file of a process that is gone. A socket behind which somebody listens and a file of any other
 * kind stay, so that listening there is EADDRINUSE. Nothing happens when there is no file.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  // A file of another kind refuses connections just as a socket without a listener does.
  if (file?.isSocket() === true && (await refusesConnections(path))) await rm(path, { force: true });
}

function refusesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  });
}

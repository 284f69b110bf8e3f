// One command at a time makes a lab of a name, or shows it off. The lock is an abstract Unix socket: the kernel gives it to one process
// only, and takes it back when that process ends, however it ends (unix(7)).
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { CommandError } from '../cli/terminal.ts';

export type LockPurpose = 'making' | 'demonstrating';

/** Holds the name of a lab until it is disposed. CommandError when another command holds it for the same purpose. */
export async function lockLab(lab: string, purpose: LockPurpose): Promise<AsyncDisposable> {
  // Machines that share the network namespace, as chroots do, each have labs of their own.
  const { dev, ino } = await stat('/run');
  const server = createServer((socket) => socket.destroy());
  server.unref();
  const listening = once(server, 'listening');
  server.listen(`\0fairlead-lab/${dev}-${ino}/${purpose}/${lab}`);
  try {
    await listening;
  } catch (cause) {
    throw new CommandError(`another command is ${purpose} lab ${lab} at this moment`, { cause });
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

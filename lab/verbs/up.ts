// `fairlead lab up`: starts the daemon of a lab and tells how it gets on.
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, type Terminal } from '../../cli/terminal.ts';
import type { DaemonMessage } from '../daemon/messages.ts';
import { lockLab } from '../lock.ts';
import { type LabRecord, pathsOf, productFolder, writeLabRecord } from '../state.ts';
import { daemonOf, isThere, makeMountPoint, sweepLab, writeDaemonPid } from '../sweep.ts';
import { requireTools } from './require-tools.ts';

export interface UpOptions {
  readonly record: LabRecord;
  /** Print every step with its time. */
  readonly verbose: boolean;
  /** Leave a lab that failed as it is. */
  readonly keep: boolean;
}

const TAIL_LINES = 12;
const MAX_LINE = 300;

/** Brings a lab up, or cleans up and says which step failed with the end of its log. */
export async function up(
  options: UpOptions,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  const { record, keep } = options;
  await requireTools(record);
  await using _ = await lockLab(record.name, 'making');
  if ((await daemonOf(record.name)) !== undefined) {
    throw new CommandError(`lab ${record.name} is up already; see: fairlead lab status --name ${record.name}`);
  }
  // Leftovers of a lab that was cut short.
  if (await isThere(record.name)) await sweepLab(record.name, signal);
  try {
    await writeLabRecord(record);
    await makeMountPoint();
    const ms = await follow(await startDaemon(record.name), options, { terminal, signal });
    terminal.out(`lab ${record.name} is up (${(ms / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    if (!keep) await sweepLab(record.name, AbortSignal.timeout(10_000));
    throw error;
  }
}

async function startDaemon(name: string): Promise<ChildProcess> {
  const log = await open(join(pathsOf(name).logs, 'lab.log'), 'a');
  try {
    const main = import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js';
    const script = join(import.meta.dirname, '../daemon', main);
    const daemon = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, name], {
      cwd: productFolder(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
    if (daemon.pid !== undefined) await writeDaemonPid(name, daemon.pid);
    return daemon;
  } finally {
    await log.close();
  }
}

/** Prints what the daemon tells; resolves with the time it took, in ms. */
function follow(
  daemon: ChildProcess,
  { record, verbose }: UpOptions,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CommandError('interrupted')), { once: true });
    daemon.once('error', reject);
    daemon.once('exit', (code) => {
      const log = join(pathsOf(record.name).logs, 'lab.log');
      failed(`the lab's daemon ended with code ${code}`, log).then(reject, reject);
    });
    daemon.on('message', (message: DaemonMessage) => {
      switch (message.type) {
        case 'step':
          if (verbose) terminal.out(`${String(message.ms).padStart(6)} ms  ${message.step}\n`);
          return;
        case 'ready':
          daemon.removeAllListeners('exit');
          daemon.disconnect();
          daemon.unref();
          resolve(message.ms);
          return;
        case 'failed':
          daemon.removeAllListeners('exit');
          failed(message.reason, message.logFile).then(reject, reject);
          return;
        default:
          message satisfies never;
      }
    });
  });
}

async function failed(reason: string, logFile: string | undefined): Promise<CommandError> {
  const text = logFile === undefined ? '' : await readFile(logFile, 'utf8').catch(() => '');
  const tail = text.trimEnd().split('\n').slice(-TAIL_LINES);
  const shown =
    text === '' ? '' : `\n  end of ${logFile}:\n${tail.map((line) => `  | ${line.slice(0, MAX_LINE)}`).join('\n')}`;
  return new CommandError(`lab up failed: ${reason}${shown}`);
}

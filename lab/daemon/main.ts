// The process that stays while a lab is up. Started by `lab up`, ended by `lab down`.

import { untilShutdown } from '../../runtime/shutdown.ts';
import { untilAborted } from '../../runtime/sleep.ts';
import { LabError } from '../nodes/node-runtime.ts';
import { readLabRecord } from '../state.ts';
import { serveControl } from './control.ts';
import { Lab } from './lab.ts';
import type { DaemonMessage } from './messages.ts';
import { StepError, Steps } from './steps.ts';

/** Brings the lab of that name up, tells the parent about it, and minds it until a signal. */
export async function runDaemon(name: string): Promise<void> {
  const start = performance.now();
  const record = await readLabRecord(name);
  if (record === undefined) throw new Error(`bug: lab ${name} has no record`);
  using shutdown = untilShutdown();
  // Who started it may be gone: nobody listens then, and the lab goes on.
  const tell = (message: DaemonMessage): void => {
    if (process.connected) process.send?.(message);
  };
  const lab = new Lab(record, new Steps(({ step, ms }) => tell({ type: 'step', step, ms })));
  try {
    await serveControl(lab, shutdown.signal);
    await lab.up(shutdown.signal);
    tell({ type: 'ready', ms: Math.round(performance.now() - start) });
  } catch (error) {
    // What runs goes on running until the sweep, for who asked to keep it.
    tell(failureOf(error));
  }
  await untilAborted(shutdown.signal);
}

function failureOf(error: unknown): DaemonMessage {
  const cause = error instanceof StepError ? error.cause : error;
  const reason = Error.isError(error) ? error.message : String(error);
  return { type: 'failed', reason, logFile: cause instanceof LabError ? cause.logFile : undefined };
}

if (import.meta.main) {
  await runDaemon(process.argv[2] ?? '');
  // Whatever is still running belongs to the sweep that follows.
  process.exit();
}

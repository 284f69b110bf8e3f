// What the daemon of a lab tells the `lab up` that started it.
import type { StepReport } from './steps.ts';

export type DaemonMessage =
  | ({ readonly type: 'step' } & StepReport)
  | { readonly type: 'ready'; readonly ms: number }
  | { readonly type: 'failed'; readonly reason: string; readonly logFile: string | undefined };

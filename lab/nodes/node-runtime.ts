// The seam between a lab and what its nodes are made of: plain namespaces, or namespaces that boot a real systemd.
import type { UnitStatus } from '../plan/unit-state.ts';

export interface NodeRuntime {
  readonly node: string;
  /** Makes the node able to run units. Its network namespace exists already. */
  boot(signal: AbortSignal): Promise<void>;
  /** Starts a unit (`fairlead-proxy`, no suffix) and resolves when it says that it is ready; rejects when it fails. */
  startUnit(unit: string, signal: AbortSignal): Promise<void>;
  stopUnit(unit: string, signal: AbortSignal): Promise<void>;
  units(): Promise<readonly UnitStatus[]>;
  /** The command that runs `argv` inside the node. */
  exec(argv: readonly string[]): readonly string[];
  /** Stops everything. Never rejects for what is already gone. */
  down(signal: AbortSignal): Promise<void>;
}

/** A step that failed, with the log to look at. */
export class LabError extends Error {
  readonly code: string;
  readonly logFile: string | undefined;

  constructor(code: string, message: string, options: { readonly logFile?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'LabError';
    this.code = code;
    this.logFile = options.logFile;
  }
}

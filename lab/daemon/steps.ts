/** One step of `lab up`, as it is told to the person who waits. */
export interface StepReport {
  readonly step: string;
  readonly ms: number;
}

/** A step of `lab up` that failed. */
export class StepError extends Error {
  readonly code = 'STEP_FAILED';
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(`${step}: ${Error.isError(cause) ? cause.message : String(cause)}`, { cause });
    this.name = 'StepError';
    this.step = step;
  }
}

/** Runs named steps, measures them, and puts the name on what fails. */
export class Steps {
  readonly #onDone: (report: StepReport) => void;

  constructor(onDone: (report: StepReport) => void) {
    this.#onDone = onDone;
  }

  async run(step: string, work: () => Promise<void>): Promise<void> {
    const start = performance.now();
    try {
      await work();
    } catch (cause) {
      throw new StepError(step, cause);
    }
    this.#onDone({ step, ms: Math.round(performance.now() - start) });
  }
}

// Writes that the API server refuses within a pass. One bad object must not hold up the others: the pass goes on.
import { type ApiError, isRefusal } from '../../kube/api-error.ts';
import { StatusWriteError } from '../../kube/status-writer.ts';

export type Refused = ApiError | StatusWriteError;

export class Refusals {
  readonly #errors: Refused[] = [];

  /** What was refused so far. */
  get errors(): readonly Refused[] {
    return this.#errors;
  }

  /** Resolves with the refusal when the server refused just this; rejects when nothing can be written at present. */
  async attempt(write: () => Promise<void>): Promise<Refused | undefined> {
    try {
      await write();
      return undefined;
    } catch (error) {
      if (!isRefused(error)) throw error;
      this.#errors.push(error);
      return error;
    }
  }
}

function isRefused(error: unknown): error is Refused {
  if (error instanceof StatusWriteError) return error.failures.every((failure) => isRefusal(failure.error));
  return isRefusal(error);
}

/** What must hold for the program to count as alive; the watchdog asks. */
export class HealthChecks {
  readonly #checks = new Map<string, () => boolean>();

  /** Adds (or replaces) a check. It must be quick and must not throw. */
  require(name: string, holds: () => boolean): void {
    this.#checks.set(name, holds);
  }

  /** The names of the checks that do not hold now. */
  failing(): readonly string[] {
    return [...this.#checks].filter(([, holds]) => !holds()).map(([name]) => name);
  }
}

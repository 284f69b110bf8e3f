/** Runs `check` until it stops throwing, or throws its last error when the time is over. */
export async function eventually<T>(check: () => T | Promise<T>, { timeoutMs = 5000, everyMs = 20 } = {}): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Runs `check` again and again for that long; throws as soon as it throws: for what must not happen. */
export async function consistently(check: () => void | Promise<void>, { forMs = 50, everyMs = 5 } = {}): Promise<void> {
  const end = performance.now() + forMs;
  do {
    await check();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (performance.now() < end);
}

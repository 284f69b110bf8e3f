// Long work in short turns: requests wait no longer than one of them.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one piece of work may keep the event loop. */
export const TURN_MS = 10;

/** Does it for each item, in order, and lets others have their turn every now and then. Rejects when `act` throws. */
export async function inTurns<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  let end = performance.now() + TURN_MS;
  for (const item of items) {
    act(item);
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + TURN_MS;
  }
}

// Time as a value that is handed in, so that whoever measures it can be tested without waiting.

export interface Clock {
  /** Milliseconds since the epoch: for what people and objects read. Jumps when the machine's time is set. */
  now(): number;
  /** Milliseconds on a clock that never goes back: for durations and deadlines. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

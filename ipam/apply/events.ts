// Events, each told once: a plan says the same as long as the world has not caught up with it.
import type { EventInput } from '../../kube/event-recorder.ts';

export class EventTeller {
  readonly #recorder: { event(input: EventInput): void };
  #told: ReadonlySet<string> = new Set();

  constructor(recorder: { event(input: EventInput): void }) {
    this.#recorder = recorder;
  }

  /** Passes on what the previous plan did not say already. */
  tell(events: readonly EventInput[]): void {
    const now = new Map(events.map((event) => [idOf(event), event]));
    for (const [id, event] of now) if (!this.#told.has(id)) this.#recorder.event(event);
    this.#told = new Set(now.keys());
  }
}

function idOf({ regarding, reason, message }: EventInput): string {
  return JSON.stringify([regarding.uid, regarding.kind, reason, message]);
}

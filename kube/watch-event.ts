import { z } from 'zod';
import { ApiError, ApiProtocolError } from './api-error.ts';

/** One event of a watch; ERROR events do not come this far. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
}

const watchEventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});

/** Throws ApiError for an ERROR event and ApiProtocolError for what is no event at all. */
export function parseWatchEvent(input: unknown): WatchEvent {
  const parsed = watchEventSchema.safeParse(input);
  if (!parsed.success) throw new ApiProtocolError('the API server sent a watch event of unknown form');
  const { type, object } = parsed.data;
  if (type === 'ERROR') throw ApiError.fromStatus(object, 500);
  return { type, object };
}

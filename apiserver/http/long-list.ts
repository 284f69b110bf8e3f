// Lists of thousands: written in pieces, so that making one takes no other request's time and a slow reader no memory.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { arrayAt, type JsonObject, omit } from '../json.ts';
import type { Representation } from './representation.ts';

const ITEMS_AT_ONCE = 250;

interface Output {
  readonly response: ServerResponse;
  readonly representation: Representation;
  readonly pretty: boolean;
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

export function isLongList(object: JsonObject, { representation, pretty }: Output): boolean {
  return representation.format === 'json' && !pretty && arrayAt(object, 'items').length > ITEMS_AT_ONCE;
}

/** Writes a list as JSON. Rejects when the client goes before its end. */
export async function writeLongList(list: JsonObject, code: number, { response, signal }: Output): Promise<void> {
  const items = arrayAt(list, 'items');
  response.writeHead(code, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.write(`${JSON.stringify(omit(list, ['items'])).slice(0, -1)},"items":[`);
  for (let i = 0; i < items.length; i += ITEMS_AT_ONCE) {
    const text = JSON.stringify(items.slice(i, i + ITEMS_AT_ONCE)).slice(1, -1);
    response.write(i === 0 ? text : `,${text}`);
    await nextTurn();
    if (response.writableNeedDrain) await once(response, 'drain', { signal });
  }
  response.end(']}\n');
}

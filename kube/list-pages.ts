import { ApiProtocolError } from './api-error.ts';
import type { KubeApi, Query } from './client.ts';
import { readRawList } from './raw-object.ts';

/** Pages of this size keep the longest block of the event loop at about 20 ms with 10,000 EndpointSlices. */
const PAGE_SIZE = 500;

export interface ListRequest {
  readonly client: KubeApi;
  readonly path: string;
  readonly query: Query;
}

/**
 * Lists a collection page by page, hands each page to `onItems`, and resolves with the resourceVersion of the whole
 * list. Throws what `client.request` throws; 410 when the list was compacted away between two pages.
 */
export async function listPages(
  { client, path, query }: ListRequest,
  signal: AbortSignal,
  onItems: (items: readonly unknown[]) => void,
): Promise<string> {
  let next: string | undefined;
  for (;;) {
    const answer = await client.request('GET', path, { query: { ...query, limit: PAGE_SIZE, continue: next }, signal });
    const page = readRawList(answer);
    if (page === undefined) throw new ApiProtocolError(`GET ${path} answered with something that is no list`);
    onItems(page.items);
    next = page.metadata.continue;
    if (next === undefined || next === '') return page.metadata.resourceVersion;
  }
}

import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import { objectPath } from '../../kube/resource-path.ts';
import { VERSION_HEADER } from './manifests.ts';
import { now } from './moments.ts';
import type { BenchSite } from './site.ts';

/** From a changed route until a request is answered by the new version, in ms. */
export async function measureRouteChange(site: BenchSite, run: number): Promise<number> {
  if (run === 0) await ready(site);
  const version = `v${run + 1}`;
  const answered = site.answer(
    ({ status, body }) => status === 200 && echoOf(body)?.headers[VERSION_HEADER] === version,
  );
  const start = now();
  await site.client.request('PATCH', objectPath(KINDS.HTTPRoute, objectKey('default', 'bench')), {
    contentType: 'application/json-patch+json',
    body: [{ op: 'replace', path: '/spec/rules/0/filters/0/requestHeaderModifier/set/0/value', value: version }],
    signal: site.signal,
  });
  return (await answered).at - start;
}

/** From a changed EndpointSlice until a request reaches the other pod, in ms. */
export async function measureEndpointChange(site: BenchSite, run: number): Promise<number> {
  const pod = site.pods[run % 2 === 0 ? 1 : 0] ?? '';
  const answered = site.answer(({ status, body }) => status === 200 && echoOf(body)?.ip === pod);
  const start = now();
  await site.pointAt(pod);
  return (await answered).at - start;
}

/** What the pod told of itself and of the request. */
function echoOf(body: string): { readonly ip: string; readonly headers: Readonly<Record<string, string>> } | undefined {
  return body.startsWith('{') ? JSON.parse(body) : undefined;
}

async function ready(site: BenchSite): Promise<void> {
  const answered = site.answer(({ status }) => status === 200);
  await site.applyGateway();
  await answered;
}

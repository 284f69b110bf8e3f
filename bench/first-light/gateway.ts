import { fetchGone, now } from './moments.ts';
import type { BenchSite } from './site.ts';

/** From the moment the Gateway is sent to the API server until the client has its first 200, in ms. Undoes it again. */
export async function measureGateway(site: BenchSite): Promise<number> {
  const answered = site.answer(({ status }) => status === 200);
  const start = now();
  await site.applyGateway();
  const ms = (await answered).at - start;
  await removeGateway(site);
  return ms;
}

async function removeGateway(site: BenchSite): Promise<void> {
  const silent = site.answer(({ status }) => status === 0);
  await site.client.request('DELETE', '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/bench', {
    signal: site.signal,
  });
  await silent;
  await fetchGone(site.client, '/apis/fairlead.dev/v1alpha1/ipallocations/203.0.113.9', site.signal);
}

// Step 6, first part: a new pod.
import { summarize } from '../../client/request.ts';
import type { EchoAnswer } from '../../echo/http-answer.ts';
import { claim, type DemoStep } from '../stage.ts';
import { startLoad, withinMs } from './load.ts';

const LIMIT_MS = 1000;

export const podAdded: DemoStep = {
  title: 'A pod is added: it gets requests within a second',
  run: async (stage) => {
    const load = startLoad(stage.lab, { perSecond: 100 });
    await load.next(({ status }) => status === 200, stage.signal);
    const known = new Set(load.reports.map(({ body }) => podOf(body)));
    const created = Date.now();
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'storefront-extra', labels: { app: 'storefront' } },
      spec: { containers: [{ name: 'web', image: 'any', ports: [{ name: 'http', containerPort: 8080 }] }] },
    };
    const first = load.next((report) => podOf(report.body) === 'storefront-extra', withinMs(stage.signal, 5000));
    await stage.client.request('POST', '/api/v1/namespaces/default/pods', { body, signal: stage.signal });
    const { at } = await first;
    const { requests, failed } = summarize(await load.stop());
    claim(!known.has('storefront-extra'), 'the new pod answered before it was made');
    claim(at - created <= LIMIT_MS, `its first request came ${at - created} ms after it was created`);
    claim(failed.length === 0, `${failed.length} of ${requests} requests failed: ${failed[0]?.error}`);
    stage.prove(
      `storefront-extra answered ${at - created} ms after it was created, its start included`,
      `${requests} requests meanwhile, ${failed.length} failed`,
    );
  },
};

function podOf(body: string): string {
  return body === '' ? '' : (JSON.parse(body) as EchoAnswer).pod;
}

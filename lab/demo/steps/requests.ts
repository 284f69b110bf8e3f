// Step 5: a client on the other side of the router.

import { Load } from '../../client/load.ts';
import type { RequestReport } from '../../client/request.ts';
import type { EchoAnswer } from '../../echo/http-answer.ts';
import { CLIENT_ADDRESS } from '../../plan/topology.ts';
import { ADDRESS, caFile, HOST, INGRESS_HOST } from '../samples.ts';
import { claim, type DemoStep, type Stage } from '../stage.ts';

export const requests: DemoStep = {
  title: `The client asks https://${HOST}/ with the CA verified`,
  run: async (stage) => {
    const front = await ask(stage, `https://${HOST}/`);
    claim(front.pod.startsWith('storefront-'), `/ was answered by ${front.pod}`);
    stage.prove(`200 from pod ${front.pod} on ${front.node}`, `GET https://${HOST}/ -> ${front.pod}`);

    const checkout = await ask(stage, `https://${HOST}/checkout/cart`);
    claim(checkout.pod.startsWith('checkout-'), `/checkout/cart was answered by ${checkout.pod}`);
    stage.prove('both rules reach their Services', `GET https://${HOST}/checkout/cart -> ${checkout.pod}`);

    const plain = await ask(stage, `http://${HOST}/`);
    claim(plain.pod.startsWith('storefront-'), `http was answered by ${plain.pod}`);
    const forwarded = String(front.headers['x-forwarded-for']);
    claim(forwarded === CLIENT_ADDRESS, `X-Forwarded-For is ${forwarded}, the client is ${CLIENT_ADDRESS}`);
    stage.prove('the pod sees who the client really is', `X-Forwarded-For: ${forwarded}`);

    const legacy = await ask(stage, `http://${INGRESS_HOST}/`);
    claim(legacy.pod.startsWith('storefront-'), `the Ingress was answered by ${legacy.pod}`);
    stage.prove('the Ingress answers on the same address', `GET http://${INGRESS_HOST}/ -> ${legacy.pod}`);
  },
};

/** One request from the client's namespace; DemoFailure unless it is answered with 200. */
export async function ask(stage: Stage, url: string): Promise<EchoAnswer> {
  const options = {
    urls: [url],
    address: ADDRESS,
    caFile: caFile(),
    perSecond: 100,
    count: 1,
    connections: 'new',
  } as const;
  const [report] = await new Load(stage.lab, options).finished();
  claim(report?.status === 200, `GET ${url}: ${describe(report)}`);
  return JSON.parse(report.body) as EchoAnswer;
}

function describe(report: RequestReport | undefined): string {
  if (report === undefined) return 'the client ended without a word';
  return report.error === '' ? `status ${report.status}` : report.error;
}

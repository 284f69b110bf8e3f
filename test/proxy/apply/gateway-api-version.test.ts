import { describe, expect, test } from '@jest/globals';
import { ApiConnectionError, ApiError } from '../../../kube/api-error.ts';
import type { KubeApi } from '../../../kube/client.ts';
import { GatewayApiVersion } from '../../../proxy/apply/gateway-api-version.ts';
import { startEmbeddedServer } from '../../support/embedded-server.ts';
import { eventually } from '../../support/eventually.ts';
import { quietLog } from '../../support/quiet-log.ts';

/** Runs while `use` does; counts how often there was news. */
async function whileAsking(
  client: Pick<KubeApi, 'request'>,
  use: (version: GatewayApiVersion, news: () => number) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  let news = 0;
  const version = new GatewayApiVersion({ client, log: quietLog(), onChange: () => void news++ });
  const running = version.run(end.signal);
  await use(version, () => news);
  end.abort();
  await running;
}

/** Answers one after the other, the last one for ever. */
function answering(...answers: readonly (() => unknown)[]): Pick<KubeApi, 'request'> {
  let asked = 0;
  return { request: async () => answers[Math.min(asked++, answers.length - 1)]?.() };
}

const fail = (error: Error) => (): never => {
  throw error;
};
const unreachable = fail(new ApiConnectionError('https://api', new Error('refused')));
const forbidden = fail(new ApiError({ status: 403, reason: 'Forbidden', message: 'no', retryAfterMs: undefined }));

describe('the installed version of the Gateway API', () => {
  test('is that of the definitions in the cluster', async () => {
    await using server = await startEmbeddedServer();
    await whileAsking(server.client, async (version, news) => {
      await eventually(() => expect(version.value).toMatch(/^v1\.\d+\.\d+$/));
      expect(news()).toBe(1);
    });
  });

  test.each([
    { name: 'may not be read', answer: forbidden },
    { name: 'is not told', answer: () => ({ metadata: {} }) },
  ])('that $name is answered all the same: nothing waits for it', async ({ answer }) => {
    await whileAsking(answering(answer), async (version, news) => {
      await eventually(() =>
        expect({ news: news(), isTold: version.isTold(undefined) }).toEqual({ news: 1, isTold: true }),
      );
      expect(version.value).toBeUndefined();
    });
  });

  test('is not answered while the server cannot be reached, and asked for again', async () => {
    const annotations = { 'gateway.networking.k8s.io/bundle-version': 'v1.5.0' };
    const held = Promise.withResolvers<void>();
    const later = async (): Promise<unknown> => {
      await held.promise;
      return { metadata: { annotations } };
    };
    await whileAsking(answering(unreachable, later), async (version) => {
      expect(version.isTold(undefined)).toBe(false);
      held.resolve();
      await eventually(() => expect(version.value).toBe('v1.5.0'));
    });
  });
});

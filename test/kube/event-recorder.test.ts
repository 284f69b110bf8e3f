// The recorder while the API server is in trouble: test/kube/embedded.test.ts has the real one, in health.
import { describe, expect, test } from '@jest/globals';
import { ApiConnectionError, ApiError } from '../../kube/api-error.ts';
import type { KubeApi, RequestOptions } from '../../kube/client.ts';
import { EventRecorder } from '../../kube/event-recorder.ts';
import { eventually } from '../support/eventually.ts';
import { quietLog } from '../support/quiet-log.ts';

const regarding = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' };

function event(message: string) {
  return { regarding, type: 'Warning' as const, reason: 'AllocationFailed', message, action: 'Allocate' };
}

function recorderOver(request: (method: string, options: RequestOptions) => Promise<unknown>, sendTimeoutMs = 5000) {
  const client: KubeApi = {
    request: (method, _path, options) => request(method, options),
    watch: () => {
      throw new Error('nobody watches here');
    },
  };
  return new EventRecorder({ client, component: 'c', instance: 'i', log: quietLog(), updateMs: 0, sendTimeoutMs });
}

describe('an event', () => {
  test('that is told while the API server is away arrives when it is back, as a new one', async () => {
    const methods: string[] = [];
    const recorder = recorderOver(async (method) => {
      methods.push(method);
      if (methods.length === 1) throw new ApiConnectionError('https://api', new Error('refused'));
    });
    const stop = new AbortController();
    const running = recorder.run(stop.signal);
    recorder.event(event('no address left'));
    await eventually(() => expect(methods).toEqual(['POST', 'POST']));
    stop.abort();
    await running;
    expect(methods).toHaveLength(2);
  });

  test('that the API server refuses is given up', async () => {
    let requests = 0;
    const recorder = recorderOver(async () => {
      requests += 1;
      throw new ApiError({ status: 403, reason: 'Forbidden', message: 'terminating', retryAfterMs: undefined });
    });
    recorder.event(event('no address left'));
    await recorder.run(AbortSignal.abort());
    await recorder.run(AbortSignal.abort());
    expect(requests).toBe(1);
  });

  test('does not hold up the end of a program when the API server does not answer', async () => {
    let requests = 0;
    const recorder = recorderOver((_method, { signal }) => {
      requests += 1;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }, 50);
    for (let i = 0; i < 20; i++) recorder.event(event(`number ${i}`));
    await recorder.run(AbortSignal.abort());
    expect(requests).toBe(1);
  });
});

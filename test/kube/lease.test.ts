import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { objectKey } from '../../api/meta.ts';
import type { KubeApi } from '../../kube/client.ts';
import { Lease } from '../../kube/lease.ts';
import { objectPath } from '../../kube/resource-path.ts';
import { untilAborted } from '../../runtime/sleep.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { quietLog } from '../support/quiet-log.ts';

let server: EmbeddedServer;
beforeAll(async () => {
  server = await startEmbeddedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Candidate extends AsyncDisposable {
  readonly lease: Lease;
  readonly terms: { readonly from: number; to: number | undefined }[];
  /** Ends as a program does: the lease is released. */
  stop(): Promise<void>;
  /** From now on no request gets through, as behind a broken cable. */
  cut(): void;
}

/** A candidate that notes when it believes to lead. */
function candidate(name: string, holder: string): Candidate {
  let isCut = false;
  const client: KubeApi = {
    request: async (method, path, options) => {
      if (isCut) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
      return server.client.request(method, path, options);
    },
    watch: (path, query, signal) => server.client.watch(path, query, signal),
  };
  const lease = new Lease({ client, namespace: 'default', name, holder, durationMs: 1000, log: quietLog() });
  const terms: { from: number; to: number | undefined }[] = [];
  const ending = new AbortController();
  const running = lease.run(ending.signal, async (signal) => {
    const term: { from: number; to: number | undefined } = { from: performance.now(), to: undefined };
    terms.push(term);
    await untilAborted(signal);
    term.to = performance.now();
  });
  const stop = async (): Promise<void> => {
    ending.abort();
    await running;
  };
  return { lease, terms, stop, cut: () => void (isCut = true), [Symbol.asyncDispose]: stop };
}

function leads({ terms }: Candidate): boolean {
  const last = terms.at(-1);
  return last !== undefined && last.to === undefined;
}

/** Fails when two terms on one timeline overlap. */
function expectOneLeaderAtATime(...candidates: readonly Candidate[]): void {
  const terms = candidates.flatMap(({ terms: own }) => own).toSorted((a, b) => a.from - b.from);
  for (const [index, term] of terms.entries()) {
    const next = terms[index + 1];
    if (next !== undefined) expect(term.to ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next.from);
  }
}

describe('a lease', () => {
  test('that is released goes to the next at once, and never to two', async () => {
    await using first = candidate('released', 'one');
    await eventually(() => expect(leads(first)).toBe(true));
    await using second = candidate('released', 'two');
    await eventually(() => expect(second.lease.holder).toBe('one'));
    const since = performance.now();
    await first.stop();
    await eventually(() => expect(leads(second)).toBe(true));
    expect(performance.now() - since).toBeLessThan(900);
    expectOneLeaderAtATime(first, second);
  });

  test('whose holder is cut off is given up before another takes it', async () => {
    await using first = candidate('cut', 'one');
    await eventually(() => expect(leads(first)).toBe(true));
    await using second = candidate('cut', 'two');
    await eventually(() => expect(second.lease.holder).toBe('one'));
    first.cut();
    await eventually(() => expect(leads(second)).toBe(true));
    expect(leads(first)).toBe(false);
    expect(first.lease.isHeld).toBe(false);
    expectOneLeaderAtATime(first, second);
  });

  test('that several want goes to one, which keeps it by renewing', async () => {
    await using first = candidate('crowded', 'one');
    await using second = candidate('crowded', 'two');
    await using third = candidate('crowded', 'three');
    const all = [first, second, third];
    await eventually(() => expect(all.filter(leads)).toHaveLength(1));
    const path = objectPath(
      { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespaced: true },
      objectKey('default', 'crowded'),
    );
    const renewTime = async (): Promise<unknown> => {
      const lease = await server.client.request('GET', path, { signal: AbortSignal.timeout(1000) });
      expect(lease).toMatchObject({ spec: { leaseTransitions: 0 } });
      return JSON.stringify(lease).match(/"renewTime":"([^"]+)"/)?.[1];
    };
    const seen = new Set<unknown>();
    await eventually(async () => expect(seen.add(await renewTime()).size).toBeGreaterThan(6));
    expect(all.filter(leads)).toHaveLength(1);
    expectOneLeaderAtATime(...all);
  });

  test('is released and passed on when the leader fails, whose error is told', async () => {
    const options = { client: server.client, namespace: 'default', name: 'failing', durationMs: 1000, log: quietLog() };
    const lease = new Lease({ ...options, holder: 'one' });
    const run = lease.run(new AbortController().signal, () => Promise.reject(new Error('no more')));
    await expect(run).rejects.toThrow('no more');
    await using second = candidate('failing', 'two');
    await eventually(() => expect(leads(second)).toBe(true));
  });
});

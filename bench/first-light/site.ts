// The application that is measured: two backends without a controller of their own, one route, one Gateway.
import { parseLBNode } from '../../api/fairlead.ts';
import { KINDS } from '../../api/kinds.ts';
import { apply } from '../../cli/commands/apply.ts';
import { connect } from '../../cli/connect.ts';
import { type Manifest, parseManifests } from '../../cli/manifests.ts';
import type { KubeClient } from '../../kube/client.ts';
import { collectionPath } from '../../kube/resource-path.ts';
import { Load } from '../../lab/client/load.ts';
import { type RequestReport } from '../../lab/client/request.ts';
import { caFile } from '../../lab/demo/samples.ts';
import { pathsOf } from '../../lab/state.ts';
import { sleep } from '../../runtime/sleep.ts';
import { GATEWAY_MANIFEST, SITE_MANIFESTS, sliceManifest } from './manifests.ts';
import { now } from './moments.ts';

export const BENCH_ADDRESS = '203.0.113.9';
const HOST = 'bench.example.test';
/** One request each 5 ms: the resolution of what the client can see. */
const PER_SECOND = 200;

export class BenchSite implements AsyncDisposable {
  readonly lab: string;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly #load: Load;
  /** Addresses of two pods. */
  readonly pods: readonly [string, string];

  private constructor(site: Pick<BenchSite, 'lab' | 'client' | 'signal' | 'pods'>) {
    this.lab = site.lab;
    this.client = site.client;
    this.signal = site.signal;
    this.pods = site.pods;
    this.#load = new Load(site.lab, {
      urls: [`http://${HOST}/`],
      address: BENCH_ADDRESS,
      caFile: caFile(),
      perSecond: PER_SECOND,
      count: undefined,
      connections: 'new',
    });
  }

  /** Applies everything but the Gateway and waits until the pods have addresses. */
  static async open(lab: string, signal: AbortSignal): Promise<BenchSite> {
    const client = await connect(pathsOf(lab).kubeconfig);
    await applyText(client, SITE_MANIFESTS, signal);
    const pods = await podAddresses(client, signal);
    await sessions(client, signal);
    const site = new BenchSite({ lab, client, signal, pods });
    await site.pointAt(pods[0]);
    return site;
  }

  async applyGateway(): Promise<void> {
    await applyText(this.client, GATEWAY_MANIFEST, this.signal);
  }

  /** Makes one pod the only endpoint of the Service that the route leads to. */
  async pointAt(pod: string): Promise<void> {
    await applyText(this.client, sliceManifest(pod), this.signal);
  }

  /** Resolves with the first answer that satisfies `matches` to a request sent from now on. */
  answer(matches: (report: RequestReport) => boolean): Promise<RequestReport> {
    const start = now();
    const isNew = (report: RequestReport): boolean => report.at - report.ms >= start;
    return this.#load.next(
      (report) => isNew(report) && matches(report),
      AbortSignal.any([this.signal, AbortSignal.timeout(15_000)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load.stop();
    await this.client[Symbol.asyncDispose]();
  }
}

/** Applies manifests given as text and prints nothing. */
async function applyText(client: KubeClient, text: string, signal: AbortSignal): Promise<void> {
  const manifests: readonly Manifest[] = parseManifests(text, 'bench');
  await apply(client, { manifests, namespace: 'default' }, { terminal: SILENT, signal });
}

const SILENT = { out: (): void => {}, error: (): void => {}, interactive: false };

/** Waits until every LB node has its session: how long BGP takes to meet is not ours to measure. */
async function sessions(client: KubeClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { items } = (await client.request('GET', collectionPath(KINDS.LBNode), { signal })) as {
      readonly items: unknown[];
    };
    const nodes = items.flatMap((item) => {
      const parsed = parseLBNode(item);
      return parsed.ok ? [parsed.value] : [];
    });
    if (nodes.length > 0 && nodes.every(({ status }) => status.peers.some(({ state }) => state === 'Established')))
      return;
    await sleep(50, signal);
  }
}

async function podAddresses(client: KubeClient, signal: AbortSignal): Promise<readonly [string, string]> {
  for (;;) {
    const list = await client.request('GET', '/api/v1/namespaces/default/pods', {
      query: { labelSelector: 'app=bench' },
      signal,
    });
    const { items } = list as {
      readonly items: readonly { readonly status?: { readonly phase?: string; readonly podIP?: string } }[];
    };
    const [first, second] = items.flatMap(({ status }) =>
      status?.phase === 'Running' && status.podIP !== undefined ? [status.podIP] : [],
    );
    if (first !== undefined && second !== undefined) return [first, second];
    await sleep(50, signal);
  }
}

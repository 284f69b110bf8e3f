// A real embedded API server in memory, and ipam as its main runs it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS, type KindName, type ObjectOf } from '../../api/kinds.ts';
import type { ObjectKey } from '../../api/meta.ts';
import { startApiServer } from '../../apiserver/start.ts';
import { apiServerSettings } from '../../config/apiserver.ts';
import { run } from '../../ipam/main.ts';
import { anonymousAccess } from '../../kube/access.ts';
import { KubeClient } from '../../kube/client.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';
import { quietLog } from '../support/quiet-log.ts';

const EVENTS = { apiVersion: 'v1', plural: 'events', namespaced: true };

type Fields = Record<string, unknown>;
const signal = new AbortController().signal;

export class Cluster implements AsyncDisposable {
  readonly client: KubeClient;
  readonly #folder: string;
  readonly #disposables: AsyncDisposableStack;

  private constructor(folder: string, client: KubeClient, disposables: AsyncDisposableStack) {
    this.#folder = folder;
    this.client = client;
    this.#disposables = disposables;
  }

  static async start(): Promise<Cluster> {
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'fl-ipam-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    const socket = join(folder, 'api.sock');
    const writeKubeconfig = join(folder, 'kubeconfig');
    const settings = apiServerSettings.parse({ data: ':memory:', listen: 'none', socket, writeKubeconfig });
    undo.use(await startApiServer({ settings, log: quietLog() }, signal));
    const client = undo.use(new KubeClient(anonymousAccess(`unix://${socket}`)));
    return new Cluster(folder, client, undo.move());
  }

  /** Starts an ipam. It is stopped with the cluster, unless it was before. */
  startIpam(): { stop(): Promise<void> } {
    const end = new AbortController();
    const settings = {
      kubeconfig: join(this.#folder, 'kubeconfig'),
      'debug-socket': join(this.#folder, `debug-${Math.random()}.sock`),
      'metrics-address': 'none',
      'log-level': 'silent',
      'lease-seconds': 2,
      'settle-ms': 5,
    };
    const argv = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const running = run(argv, end.signal);
    const stop = async (): Promise<void> => {
      end.abort();
      const code = await running;
      if (code !== 0) throw new Error(`ipam ended with exit code ${code}`);
    };
    this.#disposables.defer(stop);
    return { stop };
  }

  /** Does this before the server ends. */
  onEnd(callback: () => void): void {
    this.#disposables.defer(callback);
  }

  async create(kind: KindName, object: Fields, namespace?: string): Promise<Fields> {
    const { apiVersion } = KINDS[kind];
    const path = collectionPath(KINDS[kind], namespace);
    return (await this.client.request('POST', path, { body: { apiVersion, kind, ...object }, signal })) as Fields;
  }

  async get<K extends KindName>(kind: K, key: string): Promise<ObjectOf<K>> {
    const parsed = KINDS[kind].parse(
      await this.client.request('GET', objectPath(KINDS[kind], key as ObjectKey), { signal }),
    );
    if (!parsed.ok) throw new Error(`${kind} ${key}: ${JSON.stringify(parsed.errors)}`);
    return parsed.value as ObjectOf<K>;
  }

  async patch(kind: KindName, key: string, body: Fields): Promise<void> {
    await this.#patch(objectPath(KINDS[kind], key as ObjectKey), body);
  }

  async patchStatus(kind: KindName, key: string, status: Fields): Promise<void> {
    await this.#patch(objectPath(KINDS[kind], key as ObjectKey, 'status'), { status });
  }

  async delete(kind: KindName, key: string): Promise<void> {
    await this.client.request('DELETE', objectPath(KINDS[kind], key as ObjectKey), { signal });
  }

  async list(kind: {
    readonly apiVersion: string;
    readonly plural: string;
    readonly namespaced: boolean;
  }): Promise<readonly Fields[]> {
    const list = (await this.client.request('GET', collectionPath(kind), { signal })) as { items: Fields[] };
    return list.items;
  }

  async events(): Promise<readonly { reason: string; message: string; type: string; involvedObject: Fields }[]> {
    const items = await this.list(EVENTS);
    return items as unknown as { reason: string; message: string; type: string; involvedObject: Fields }[];
  }

  /** Everything that ipam may write, as it stands, versions included. */
  async everything(): Promise<readonly { readonly metadata: { readonly name: string } }[]> {
    const kinds = ['Service', 'Gateway', 'LoadBalancerIPPool', 'IPAllocation'] as const;
    const lists = await Promise.all(kinds.map((kind) => this.list(KINDS[kind])));
    const objects = [...lists.flat(), ...(await this.list(EVENTS))];
    return objects as unknown as readonly { readonly metadata: { readonly name: string } }[];
  }

  async #patch(path: string, body: Fields): Promise<void> {
    await this.client.request('PATCH', path, { body, contentType: 'application/merge-patch+json', signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposables.disposeAsync();
  }
}

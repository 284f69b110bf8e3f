// A running lab: what `lab up` builds, in the process that stays and minds it.

import { KubeClient } from '../../kube/client.ts';
import { createLogger } from '../../runtime/logger.ts';
import { Cluster } from '../cluster/cluster.ts';
import { buildNetwork } from '../network/build.ts';
import { startRouter } from '../network/router.ts';
import { createNode } from '../nodes/create.ts';
import { LabError, type NodeRuntime } from '../nodes/node-runtime.ts';
import { PlainNode } from '../nodes/plain.ts';
import { planTopology, type Topology } from '../plan/topology.ts';
import type { UnitStatus } from '../plan/unit-state.ts';
import { type LabRecord, logFile, pathsOf } from '../state.ts';
import { NotifySockets } from '../supervise/notify-sockets.ts';
import { Configuration } from './configuration.ts';
import type { Steps } from './steps.ts';

/** What runs on each LB node, in the order of the package's dependencies. */
const LB_UNITS = ['fairlead-gobgpd', 'fairlead-proxy', 'fairlead-speaker'] as const;

/** Longer than any program takes, and shorter than the patience of people (systemd would wait 90 s). */
const START_TIMEOUT_MS = 20_000;

export class Lab {
  readonly record: LabRecord;
  readonly #topology: Topology;
  readonly #steps: Steps;
  readonly #router: PlainNode;
  readonly #api: PlainNode;
  readonly #lbNodes: readonly NodeRuntime[];

  constructor(record: LabRecord, steps: Steps) {
    const notify = new NotifySockets();
    this.record = record;
    this.#steps = steps;
    this.#topology = planTopology(record);
    this.#router = new PlainNode({ lab: record.name, node: 'router', notify });
    this.#api = new PlainNode({ lab: record.name, node: 'api', notify });
    this.#lbNodes = this.#topology.nodes
      .filter(({ role }) => role === 'lb')
      .map(({ node }) => createNode(record, { node, notify }));
  }

  /** Builds and starts everything; resolves when every program says that it is ready. */
  async up(signal: AbortSignal): Promise<void> {
    const configuration = new Configuration(this.record);
    await Promise.all([
      this.#steps.run('network', () => buildNetwork(this.#topology)),
      this.#steps.run('certificates', () => configuration.makeCredentials()),
      ...this.#nodes().map((node) => this.#steps.run(`node ${node.node}`, () => node.boot(signal))),
    ]);
    await this.#steps.run('configuration', () => configuration.write());
    const router = this.#steps.run('router', () => startRouter(this.record, this.#router, signal));
    await this.#start(this.#api, 'fairlead-apiserver', signal);
    await Promise.all([
      router,
      this.#steps.run('cluster', () => this.#startCluster(signal)),
      this.#start(this.#api, 'fairlead-ipam', signal),
      ...this.#lbNodes.flatMap((node) => LB_UNITS.map((unit) => this.#start(node, unit, signal))),
    ]);
  }

  /** Every unit of every node that the lab minds. */
  async units(): Promise<readonly UnitStatus[]> {
    return (await Promise.all(this.#nodes().map((node) => node.units()))).flat();
  }

  /** The node of that name; undefined when it has no units. */
  node(name: string): NodeRuntime | undefined {
    return this.#nodes().find(({ node }) => node === name);
  }

  #nodes(): readonly NodeRuntime[] {
    return [this.#router, this.#api, ...this.#lbNodes];
  }

  /** Pods and EndpointSlices: what a cluster's own controllers would do. */
  async #startCluster(signal: AbortSignal): Promise<void> {
    const { name } = this.record;
    const client = await KubeClient.fromConfig({ kubeconfig: pathsOf(name).kubeconfig });
    const workers = new Map(
      this.#topology.nodes.filter(({ role }) => role === 'worker').map(({ node, address = '' }) => [node, address]),
    );
    const log = createLogger({ program: 'lab', level: 'info' });
    const { ready, done } = new Cluster({ lab: name, workers, client, log }).start(signal);
    done.catch((error: unknown) => log.error({ err: error }, 'the cluster has stopped'));
    await ready;
  }

  #start(node: NodeRuntime, unit: string, signal: AbortSignal): Promise<void> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    return this.#steps.run(`${unit} on ${node.node}`, async () => {
      try {
        await node.startUnit(unit, limited);
      } catch (cause) {
        if (!limited.aborted || signal.aborted) throw cause;
        const log = logFile(this.record.name, node.node, unit);
        throw new LabError('START_TIMEOUT', `not ready after ${START_TIMEOUT_MS / 1000} s`, { logFile: log, cause });
      }
    });
  }
}

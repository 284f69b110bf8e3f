// All kubelets of a lab: every Pod that is bound to a worker becomes a process, and its status says how it does.
import { join } from 'node:path';
import { KINDS } from '../../api/kinds.ts';
import { keyOf, objectKey } from '../../api/meta.ts';
import type { World } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import { sleep } from '../../runtime/sleep.ts';
import { isTerminating, POD, type Pod } from '../plan/kinds.ts';
import { echoConfigOf, environmentOf, mountedSecrets, type Placement, podStatus } from '../plan/pod-process.ts';
import { pathsOf } from '../state.ts';
import type { Objects } from './objects.ts';
import { PodNetwork } from './pod-network.ts';
import { PodProcess } from './pod-process.ts';

/** Doubled each time that the process does not start. */
const RESTART_MS = 100;
const MAX_RESTART_MS = 5000;
const DEFAULT_GRACE_S = 30;

export interface KubeletOptions {
  readonly lab: string;
  /** Fabric addresses of the workers, by name. */
  readonly workers: ReadonlyMap<string, string>;
  readonly world: World;
  readonly objects: Objects;
  readonly log: Logger;
}

interface Running {
  readonly pod: Pod;
  readonly process: PodProcess;
  readonly placement: Placement;
}

export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #network: PodNetwork;
  /** By uid: a Pod that is deleted and made again under its name is another one. */
  readonly #pods = new Map<string, AbortController>();

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#network = new PodNetwork(options.lab);
  }

  /** Starts what is bound and not running, ends what is to go. Does not wait for either. */
  reconcile(signal: AbortSignal): void {
    const pods = this.#options.world
      .store(POD)
      .list()
      .filter(({ spec }) => this.#options.workers.has(spec.nodeName));
    for (const pod of pods) {
      const running = this.#pods.get(pod.metadata.uid);
      if (isTerminating(pod)) {
        if (running === undefined) void this.#forget(pod, signal);
        else running.abort();
      } else if (running === undefined && this.#hasSecrets(pod)) {
        this.#start(pod, signal);
      }
    }
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, running] of this.#pods) {
      if (!uids.has(uid)) running.abort();
    }
  }

  #start(pod: Pod, signal: AbortSignal): void {
    const stop = new AbortController();
    this.#pods.set(pod.metadata.uid, stop);
    const { log } = this.#options;
    this.#live(pod, stop.signal, signal)
      .catch((error: unknown) => log.error({ err: error, pod: keyOf(pod) }, 'a pod failed'))
      .finally(() => this.#pods.delete(pod.metadata.uid));
  }

  /** The whole life of one Pod: from its namespace to the end of its object. */
  async #live(pod: Pod, stop: AbortSignal, signal: AbortSignal): Promise<void> {
    const wiring = this.#network.take(pod.spec.nodeName);
    const placement = { address: wiring.address, hostAddress: this.#options.workers.get(pod.spec.nodeName) ?? '' };
    const process = new PodProcess({ wiring, env: this.#environment(pod, placement), logFile: this.#logFile(pod) });
    try {
      await process.build();
      await this.#keepRunning({ pod, process, placement }, stop, signal);
    } finally {
      await process.stop(stop.aborted ? this.#graceMs(pod) : 0);
      this.#network.giveBack(pod.spec.nodeName, wiring);
    }
    await this.#forget(pod, signal);
  }

  /** Starts the process, and again whenever it ends or does not even listen, until the Pod is to stop. */
  async #keepRunning({ pod, process, placement }: Running, stop: AbortSignal, signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
    for (let restarts = 0, failures = 0; !stop.aborted; restarts++) {
      if (await this.#starts(process, pod)) {
        failures = 0;
        await this.#writeStatus(pod, { placement, restarts, isListening: true }, signal);
        await Promise.race([process.ended(), stopped]);
        if (stop.aborted) break;
      }
      await this.#writeStatus(pod, { placement, restarts: restarts + 1, isListening: false }, signal);
      await sleep(Math.min(RESTART_MS * 2 ** failures++, MAX_RESTART_MS), stop).catch(() => {});
    }
  }

  async #starts(process: PodProcess, pod: Pod): Promise<boolean> {
    try {
      await process.start();
      return true;
    } catch (error) {
      this.#options.log.warn({ err: error, pod: keyOf(pod), logFile: this.#logFile(pod) }, 'a pod does not start');
      return false;
    }
  }

  /** The last word on a Pod: its object goes. */
  async #forget(pod: Pod, signal: AbortSignal): Promise<void> {
    const current = this.#options.world.store(POD).get(keyOf(pod));
    if (current?.metadata.uid !== pod.metadata.uid) return;
    await this.#options.objects.remove(POD, { key: keyOf(pod), graceSeconds: 0 }, signal);
  }

  async #writeStatus(
    pod: Pod,
    state: { readonly placement: Placement; readonly restarts: number; readonly isListening: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const status = podStatus(pod, state.placement, { ...state, startedAt: new Date().toISOString() });
    await this.#options.objects.merge(POD, { key: keyOf(pod), body: { status }, subresource: 'status' }, signal);
  }

  #graceMs(pod: Pod): number {
    const current = this.#options.world.store(POD).get(keyOf(pod));
    return (current?.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_S) * 1000;
  }

  /** A Pod waits for the Secrets that it mounts, as on a real node. */
  #hasSecrets(pod: Pod): boolean {
    const secrets = this.#options.world.store(KINDS.Secret);
    return mountedSecrets(pod).every((name) => secrets.get(objectKey(pod.metadata.namespace, name)) !== undefined);
  }

  #environment(pod: Pod, placement: Placement): NodeJS.ProcessEnv {
    const secrets = this.#options.world.store(KINDS.Secret).list();
    return {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      // Halves the time to the first answer of all pods but the first.
      NODE_COMPILE_CACHE: join(pathsOf(this.#options.lab).state, 'compile-cache'),
      ...environmentOf(pod, placement),
      LAB_ECHO: JSON.stringify(echoConfigOf(pod, placement, secrets)),
    };
  }

  #logFile({ metadata }: Pod): string {
    return join(pathsOf(this.#options.lab).logs, `pod-${metadata.namespace}-${metadata.name}.log`);
  }
}

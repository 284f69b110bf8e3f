// Addresses and namespaces of the pods of one lab.
import { namespaceOf, podNode } from '../plan/names.ts';
import type { PodWiring } from '../plan/network-script.ts';

const FIRST_HOST = 2;
const LAST_HOST = 254;

/** Hands out pod addresses: 10.244.<worker>.<n>, the one that was free for the longest time first. */
export class PodNetwork {
  readonly #lab: string;
  readonly #free = new Map<string, string[]>();
  #pods = 0;

  constructor(lab: string) {
    this.#lab = lab;
  }

  /** Where the next pod of a worker (`w2`) goes. Throws when the worker is full. */
  take(worker: string): PodWiring {
    const address = this.#freeOf(worker).shift();
    if (address === undefined) throw new Error(`worker ${worker} has no pod address left`);
    const node = podNode(++this.#pods);
    return {
      namespace: namespaceOf(this.#lab, node),
      workerNamespace: namespaceOf(this.#lab, worker),
      device: node,
      address,
    };
  }

  giveBack(worker: string, { address }: PodWiring): void {
    this.#freeOf(worker).push(address);
  }

  #freeOf(worker: string): string[] {
    const known = this.#free.get(worker);
    if (known !== undefined) return known;
    const network = `10.244.${worker.slice(1)}`;
    const all = Array.from({ length: LAST_HOST - FIRST_HOST + 1 }, (_, i) => `${network}.${FIRST_HOST + i}`);
    this.#free.set(worker, all);
    return all;
  }
}

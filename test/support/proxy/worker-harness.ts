// The data path in this process: a worker on the engine that ships, real sockets on an address of its own.
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import type { IpAddress } from '../../../net/address.ts';
import type { CertificateBundle, CertificateKey, PortTable } from '../../../proxy/plan/routing-table.ts';
import type { SupervisorMessage } from '../../../proxy/traffic/messages.ts';
import { NodeEngine } from '../../../proxy/traffic/node-engine/node-engine.ts';
import { DEFAULT_TRAFFIC_SETTINGS, type TrafficSettings } from '../../../proxy/traffic/traffic-settings.ts';
import { TrafficWorker } from '../../../proxy/traffic/worker.ts';
import { freshLoopback, type LeafName, leafPem } from './fixtures.ts';
import { backendKey } from './table.ts';

type Unnumbered = SupervisorMessage extends infer M
  ? M extends SupervisorMessage
    ? Omit<M, 'sequence'>
    : never
  : never;

export const certificateKeyOf = (name: string): CertificateKey => `shop/${name}` as CertificateKey;

export function bundle(key: string, leaf: LeafName): CertificateBundle {
  return { key: certificateKeyOf(key), ...leafPem(leaf) };
}

export class WorkerHarness implements AsyncDisposable {
  readonly address = freshLoopback();
  readonly worker: TrafficWorker;
  readonly warnings: string[] = [];

  constructor(settings: Partial<TrafficSettings> = {}) {
    this.worker = new TrafficWorker({
      settings: { ...DEFAULT_TRAFFIC_SETTINGS, accessLog: 'none', ...settings },
      createEngine: (services) => new NodeEngine(services),
      pick: () => 0,
      onWarning: (message) => this.warnings.push(message),
    });
  }

  send(message: Unnumbered): Promise<void> {
    return this.worker.apply({ ...message, sequence: 0 });
  }

  /** Serves these tables on our own address. */
  async serve(...tables: readonly PortTable[]): Promise<void> {
    const changed = tables.map((table) => ({ ...table, address: this.address as IpAddress }));
    await this.send({ kind: 'ports', changed, removed: [] });
  }

  /** These servers are the endpoints of a backend from now on; a number is a port where nobody may be listening. */
  async endpoints(backend: string, ...servers: readonly (Server | number)[]): Promise<void> {
    const endpoints = servers.map((server) => ({
      address: '127.0.0.1' as IpAddress,
      port: typeof server === 'number' ? server : (server.address() as AddressInfo).port,
    }));
    await this.send({ kind: 'endpoints', changed: [{ backend: backendKey(backend), endpoints }], removed: [] });
  }

  async certificates(...bundles: readonly CertificateBundle[]): Promise<void> {
    await this.send({ kind: 'certificates', changed: bundles, removed: [] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.stop(0);
  }
}

/** The lines of an access log, parsed. */
export async function logLines(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

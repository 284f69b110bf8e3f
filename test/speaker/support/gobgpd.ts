import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { Network } from './network.ts';

export function gobgpSocket(network: Network, node: string): string {
  return join(network.folder, `gobgpd-${node}.sock`);
}

/** Starts a gobgpd on a node as the unit file does and waits for its API. */
export async function startGobgpd(network: Network, node: string): Promise<ChildProcess> {
  const socket = gobgpSocket(network, node);
  await rm(socket, { force: true });
  const child = network.start(node, ['gobgpd', `--api-hosts=unix://${socket}`, '--pprof-disable']);
  await eventually(() => answers(socket));
  return child;
}

function answers(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = connect(socket, () => {
      probe.destroy();
      resolve();
    });
    probe.once('error', reject);
  });
}

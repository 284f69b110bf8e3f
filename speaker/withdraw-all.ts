// The dead-man's hand: takes every route back, whatever became of the speaker and the proxy.
import type { Logger } from '../runtime/logger.ts';
import { connectGobgp } from './apply/gobgp/connect.ts';
import { addressOfRoute } from './plan/bgp.ts';

/** Withdraws all routes that gobgpd holds of ours; its sessions stay. Rejects with BgpEngineError. */
export async function withdrawAll(gobgpSocket: string, log: Logger, signal: AbortSignal): Promise<void> {
  using connection = await connectGobgp(gobgpSocket, signal);
  const { routes } = await connection.engine.observe([], signal);
  await connection.engine.apply(
    routes.map((route) => ({ kind: 'withdraw' as const, route })),
    signal,
  );
  log.info({ addresses: routes.map(addressOfRoute) }, 'withdrew all routes');
}

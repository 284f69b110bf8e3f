// Starts the router's daemons in its node and tells when they can take a BGP session.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../runtime/sleep.ts';
import { hostPath } from '../nodes/enter.ts';
import { LabError } from '../nodes/node-runtime.ts';
import type { PlainNode } from '../nodes/plain.ts';
import { birdConfig, frrBgpdConfig } from '../plan/router-config.ts';
import { BIRD_RUN, FRR_RUN, routerUnits } from '../plan/router-units.ts';
import type { LabShape } from '../plan/topology.ts';
import { logFile } from '../state.ts';
import { run } from './children.ts';

const POLL_MS = 20;
const START_TIMEOUT_MS = 5000;
/** How each router is asked whether it lives. */
const SIGN_OF_LIFE = { frr: ['vtysh', '-c', 'show bgp summary'], bird: ['birdc', 'show status'] } as const;

/** Writes the configuration, starts the daemons, and resolves when they answer. */
export async function startRouter(shape: LabShape, node: PlainNode, signal: AbortSignal): Promise<void> {
  await writeConfiguration(shape);
  await Promise.all(routerUnits(shape.router).map((unit) => node.add(unit).start(signal)));
  await untilAnswering(shape, node, signal);
}

async function writeConfiguration({ name, router, ...shape }: LabShape): Promise<void> {
  const folder = hostPath(name, 'router', router === 'frr' ? FRR_RUN : BIRD_RUN);
  await mkdir(folder, { recursive: true });
  if (router === 'bird') {
    await writeFile(join(folder, 'bird.conf'), birdConfig({ name, router, ...shape }));
    return;
  }
  await writeFile(join(folder, 'zebra.conf'), 'hostname router\n');
  await writeFile(join(folder, 'bgpd.conf'), frrBgpdConfig({ name, router, ...shape }));
  // FRR gives up its privileges before it makes its sockets here.
  await run(['chown', '-R', 'frr:frr', folder]);
}

async function untilAnswering({ name, router }: LabShape, node: PlainNode, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const daemon = router === 'frr' ? 'bgpd' : 'bird';
  for (;;) {
    try {
      await run(node.exec(SIGN_OF_LIFE[router]));
      return;
    } catch (cause) {
      if (performance.now() >= deadline) {
        const log = logFile(name, 'router', daemon);
        throw new LabError('ROUTER_SILENT', `${daemon} does not answer on the router`, { logFile: log, cause });
      }
    }
    await sleep(POLL_MS, signal);
  }
}

// Step 6, last part: withdraw before close.
import { readFile } from 'node:fs/promises';
import { KINDS } from '../../../api/kinds.ts';
import { sleep } from '../../../runtime/sleep.ts';
import { labStatus } from '../../daemon/control.ts';
import { ADDRESS } from '../samples.ts';
import { claim, type DemoStep, type Stage, until } from '../stage.ts';
import { watchRoutes } from './route-monitor.ts';
import { read } from './statuses.ts';

const GATEWAY = '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/shop';
const TIMEOUT_MS = 20_000;
/** LISTEN in /proc/net/tcp, see include/net/tcp_states.h. */
const LISTEN = '0A';
const POLL_MS = 2;

export const gatewayDeleted: DemoStep = {
  title: 'The Gateway is deleted: route withdrawn first, then the listeners closed, the address free again',
  run: async (stage) => {
    const wait = { timeoutMs: TIMEOUT_MS, signal: stage.signal };
    const pids = await proxies(stage);
    await using routes = await watchRoutes(stage.lab, ADDRESS);
    const deleted = Date.now();
    const closing = Promise.all([...pids].map(async ([node, pid]) => [node, await untilClosed(pid, stage)] as const));
    await stage.client.request('DELETE', GATEWAY, { signal: stage.signal });
    const withdrawn = await until('the route to be withdrawn', wait, async () =>
      routes.changes.find(({ nextHops }) => nextHops.length === 0),
    );
    const closed = await closing;
    for (const [node, at] of closed) {
      claim(at > withdrawn.at, `${node} closed its listeners ${withdrawn.at - at} ms before the route was withdrawn`);
    }
    await until('the IPAllocation to go', wait, async () =>
      (await read(stage, KINDS.IPAllocation, ADDRESS)) === undefined ? true : undefined,
    );
    const lines = [
      `${String(withdrawn.at - deleted).padStart(6)} ms  router: ${withdrawn.line}`,
      ...closed.map(([node, at]) => `${String(at - deleted).padStart(6)} ms  ${node} closed ports 80 and 443`),
      `${String(Date.now() - deleted).padStart(6)} ms  IPAllocation ${ADDRESS} is gone`,
    ];
    stage.prove('in this order, counted from the deletion', lines.join('\n'));
  },
};

async function proxies({ lab }: Stage): Promise<ReadonlyMap<string, number>> {
  const { units } = await labStatus(lab);
  const running = units.filter(({ unit, pid }) => unit === 'fairlead-proxy' && pid !== undefined);
  return new Map(running.map(({ node, pid = 0 }) => [node, pid]));
}

/** When the last listening socket on the address was gone, ms since the epoch. */
async function untilClosed(pid: number, { signal }: Stage): Promise<number> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (await listens(pid)) {
    claim(performance.now() < deadline, `a proxy still listens ${TIMEOUT_MS / 1000} s after the deletion`);
    await sleep(POLL_MS, signal);
  }
  return Date.now();
}

/** Looks into the process's own network namespace without starting anything there: it takes a millisecond. */
async function listens(pid: number): Promise<boolean> {
  const table = await readFile(`/proc/${pid}/net/tcp`, 'latin1');
  return table.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === LISTEN && local.startsWith(`${kernelAddress(ADDRESS)}:`);
  });
}

/** An IPv4 address as /proc/net/tcp spells it on little-endian machines. */
function kernelAddress(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return octets.toReversed().join('').toUpperCase();
}

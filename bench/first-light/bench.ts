// How long it takes from a change in the API to the network and the next request, in a lab with two LB nodes.
import { processTerminal } from '../../cli/terminal.ts';
import { down } from '../../lab/verbs/down.ts';
import { up } from '../../lab/verbs/up.ts';
import { type BenchRow, rowOf } from '../row.ts';
import { measureEndpointChange, measureRouteChange } from './changes.ts';
import { measureGateway } from './gateway.ts';
import { measureKill } from './kill.ts';
import { measureMemory } from './memory.ts';
import { BenchSite } from './site.ts';

const LAB = 'bench';
const RUNS = 10;
const REACH_GATEWAY_MS = 1000;
const REACH_POD_MS = 1000;
const REACH_WITHDRAWN_MS = 1000;

/** Builds a lab of its own, measures in it, and takes it down. */
export async function benchFirstLight(signal: AbortSignal): Promise<readonly BenchRow[]> {
  const io = { terminal: { ...processTerminal(), out: note }, signal };
  const record = { name: LAB, lbNodes: 2, workers: 2, router: 'frr', nodes: 'plain' } as const;
  await up({ record, verbose: false, keep: false }, io);
  try {
    await using site = await BenchSite.open(LAB, signal);
    const gateway = await repeat('Gateway', () => measureGateway(site));
    const route = await repeat('route', (run) => measureRouteChange(site, run));
    const endpoint = await repeat('endpoint', (run) => measureEndpointChange(site, run));
    const kill = await repeat('kill', () => measureKill(site));
    return [
      rowOf({
        what: 'Gateway applied -> first 200 at the client',
        unit: 'ms',
        samples: gateway,
        reach: REACH_GATEWAY_MS,
      }),
      rowOf({ what: 'route changed -> next request', unit: 'ms', samples: route, reach: undefined }),
      rowOf({ what: 'endpoint changed -> next request', unit: 'ms', samples: endpoint, reach: REACH_POD_MS }),
      rowOf({
        what: 'SIGKILL of a proxy -> withdrawn at the router',
        unit: 'ms',
        samples: kill,
        reach: REACH_WITHDRAWN_MS,
      }),
      ...(await measureMemory(LAB)),
    ];
  } finally {
    await down(LAB, { ...io, signal: AbortSignal.timeout(20_000) });
  }
}

async function repeat(what: string, measure: (run: number) => Promise<number>): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let run = 0; run < RUNS; run++) samples.push(await measure(run));
  note(`${what}: ${samples.map((ms) => ms.toFixed(0)).join(' ')}\n`);
  return samples;
}

function note(text: string): void {
  process.stderr.write(`bench: ${text}`);
}

import { spawn } from 'node:child_process';
import { labStatus } from '../../lab/daemon/control.ts';
import { run } from '../../lab/network/children.ts';
import { namespaceOf } from '../../lab/plan/names.ts';
import { sleep } from '../../runtime/sleep.ts';
import { now } from './moments.ts';
import { BENCH_ADDRESS, type BenchSite } from './site.ts';

const NEXT_HOP_OF_LB1 = '10.10.0.11';

/** From SIGKILL of lb1's proxy until the router's kernel has lost that next hop, in ms. Waits until it is back. */
export async function measureKill(site: BenchSite): Promise<number> {
  await untilAnnounced(site);
  const { units } = await labStatus(site.lab);
  const pid = units.find(({ node, unit }) => node === 'lb1' && unit === 'fairlead-proxy')?.pid;
  if (pid === undefined) throw new Error('the proxy of lb1 does not run');
  const changed = routeChange(site);
  await changed.watching;
  const start = now();
  process.kill(pid, 'SIGKILL');
  return (await changed.at) - start;
}

async function untilAnnounced({ lab, signal }: BenchSite): Promise<void> {
  const route = (): Promise<string> => run(['ip', '-n', namespaceOf(lab, 'router'), 'route', 'show', BENCH_ADDRESS]);
  while (!(await route()).includes(NEXT_HOP_OF_LB1)) await sleep(50, signal);
}

/** When the router's kernel tells of a route to the address that lacks lb1. */
function routeChange({ lab, signal }: BenchSite): { readonly watching: Promise<void>; readonly at: Promise<number> } {
  const monitor = spawn('ip', ['-n', namespaceOf(lab, 'router'), 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const at = new Promise<number>((resolve, reject) => {
    let text = '';
    monitor.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const last = text.slice(text.lastIndexOf(BENCH_ADDRESS));
      if (!last.startsWith(BENCH_ADDRESS) || last.includes(NEXT_HOP_OF_LB1)) return;
      resolve(now());
      monitor.kill();
    });
    monitor.once('error', reject);
  });
  return { watching: new Promise((resolve) => monitor.once('spawn', () => setTimeout(resolve, 100))), at };
}

// What happens to one route in the router's kernel, with the time of each change.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { namespaceOf } from '../../plan/names.ts';

const POLL_MS = 5;
const MAX_TRIES = 1000;

export interface RouteChange {
  /** ms since the epoch. */
  readonly at: number;
  /** Empty when the route was deleted. */
  readonly nextHops: readonly string[];
  /** As `ip monitor route` printed it. */
  readonly line: string;
}

export interface RouteMonitor extends AsyncDisposable {
  readonly changes: readonly RouteChange[];
}

/** Follows the route to an address until it is disposed of. */
export async function watchRoutes(lab: string, address: string): Promise<RouteMonitor> {
  const child = spawn('ip', ['-o', '-n', namespaceOf(lab, 'router'), 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child, 'spawn');
  await untilListening(child.pid ?? 0);
  const changes: RouteChange[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const change = parseRouteChange(line, address);
    if (change !== undefined) changes.push({ at: Date.now(), ...change });
  });
  return {
    changes,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Until it has subscribed, changes pass it by. netlink(7): Eth 0 is NETLINK_ROUTE, Groups what is subscribed to. */
async function untilListening(pid: number): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const sockets = (await readFile(`/proc/${pid}/net/netlink`, 'latin1'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const isListening = sockets.some(
      ([, family, port, groups = '0']) => family === '0' && port === String(pid) && Number(`0x${groups}`) > 0,
    );
    if (isListening) return;
    await setTimeout(POLL_MS);
  }
  throw new Error('ip monitor did not subscribe to routes');
}

/** One line of `ip -o monitor route`; undefined when it is about another route. */
export function parseRouteChange(line: string, address: string): Omit<RouteChange, 'at'> | undefined {
  const text = line.replaceAll('\\', ' ').replaceAll(/\s+/g, ' ').trim();
  if (!text.replace(/^Deleted /, '').startsWith(`${address} `)) return undefined;
  const nextHops = text.startsWith('Deleted ') ? [] : [...text.matchAll(/via (\S+)/g)].map(([, hop = '']) => hop);
  return { nextHops, line: text };
}

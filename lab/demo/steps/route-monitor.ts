// What happens to one route in the router's kernel, with the time of each change.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { namespaceOf } from '../../plan/names.ts';

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

/** One line of `ip -o monitor route`; undefined when it is about another route. */
export function parseRouteChange(line: string, address: string): Omit<RouteChange, 'at'> | undefined {
  const text = line.replaceAll('\\', ' ').replaceAll(/\s+/g, ' ').trim();
  if (!text.replace(/^Deleted /, '').startsWith(`${address} `)) return undefined;
  const nextHops = text.startsWith('Deleted ') ? [] : [...text.matchAll(/via (\S+)/g)].map(([, hop = '']) => hop);
  return { nextHops, line: text };
}

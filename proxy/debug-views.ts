// What the debug socket shows. No secret leaves the process this way: of a Secret only its name and what was found.
import type { DebugRoutes } from '../runtime/debug-socket.ts';
import type { NodeProxy } from './node-proxy.ts';

/** The routes of the proxy's debug socket. */
export function debugRoutes(proxy: NodeProxy, waitingFor: () => string): DebugRoutes {
  return {
    '/snapshot': () => {
      if (proxy.last === undefined) return { waitingFor: waitingFor() };
      const { secrets: _secrets, ...objects } = proxy.last.snapshot;
      return objects;
    },
    '/plan': () => ({
      table: proxy.publisher.table,
      endpoints: [...(proxy.publisher.endpoints?.sets.values() ?? [])],
      sockets: proxy.last?.sockets ?? [],
    }),
    '/workers': () => ({ workers: proxy.fleet.views(), sockets: proxy.fleet.socketStates() }),
    '/counters': () => proxy.fleet.counters.totals(),
  };
}

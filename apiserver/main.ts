// `fairlead apiserver`: the embedded Kubernetes-compatible API server, for running without a cluster and for tests.
import { once } from 'node:events';
import { Counter } from 'prom-client';
import { type ApiServerSettings, apiServerSettings } from '../config/apiserver.ts';
import { type ProgramContext, runProgram } from '../runtime/run-program.ts';
import { startApiServer } from './start.ts';

const VERSION = '0.1.0';

/** Runs the program until it is told to stop; resolves with its exit code. */
export function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
  return runProgram(
    {
      name: 'apiserver',
      version: VERSION,
      summary: 'Serves the Kubernetes API from one SQLite file: objects, watches, status, custom resources.',
      notes: [
        'Examples:',
        '  fairlead apiserver --data /var/lib/fairlead/apiserver.db --write-kubeconfig ~/.kube/fairlead',
        '  fairlead apiserver --data :memory: --listen none --socket /run/fairlead/apiserver.sock',
        'See docs/reference/apiserver.md for what it does and does not do.',
      ].join('\n'),
      schema: apiServerSettings,
      main,
    },
    argv,
    signal,
  );
}

async function main(
  { settings, log, metrics, notifier }: ProgramContext<ApiServerSettings>,
  signal: AbortSignal,
): Promise<void> {
  const requests = new Counter({
    name: 'fairlead_apiserver_requests_total',
    help: 'Requests answered, by method and status code.',
    labelNames: ['method', 'code'],
    registers: [metrics],
  });
  const onDone = (method: string, code: number): void => requests.inc({ method, code: String(code) });
  await using server = await startApiServer({ settings, log, onDone }, signal);
  log.info({ url: server.url, socket: server.socket, revision: server.api.store.revision }, 'serving the API');
  notifier.ready();
  if (!signal.aborted) await once(signal, 'abort');
}

// A worker process: carries traffic as its supervisor says, over the IPC channel of child_process.fork.
import { COUNTERS_INTERVAL_MS, type SupervisorMessage, type WorkerMessage } from './messages.ts';
import { NodeEngine } from './node-engine/node-engine.ts';
import { TrafficWorker } from './worker.ts';

/** Without a supervisor nobody will replace or stop us: finish what is under way, for at most so long. */
const ORPHAN_GRACE_MS = 30_000;

function send(message: WorkerMessage): void {
  // Fails only when the supervisor has gone, which 'disconnect' says too.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function run(): void {
  let worker: TrafficWorker | undefined;
  let queue: Promise<void> = Promise.resolve();
  const end = async (graceMs: number): Promise<void> => {
    await worker?.stop(graceMs);
    if (worker?.isStuck() === true) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  };
  const apply = async (message: SupervisorMessage): Promise<void> => {
    if (message.kind === 'stop') return end(message.graceMs);
    if (message.kind === 'settings') worker ??= createWorker(message);
    await worker?.apply(message);
    send({ kind: 'ack', sequence: message.sequence, failures: worker?.failures() ?? [] });
  };
  process.on('message', (message) => {
    queue = queue.then(() => apply(message as SupervisorMessage));
  });
  process.on('disconnect', () => void end(ORPHAN_GRACE_MS));
  // The supervisor gets these too and says what to do.
  process
    .on('SIGTERM', () => {})
    .on('SIGINT', () => {})
    .on('SIGHUP', () => {});
  setInterval(() => worker && sendCounters(worker), COUNTERS_INTERVAL_MS).unref();
}

function createWorker({ settings }: Extract<SupervisorMessage, { kind: 'settings' }>): TrafficWorker {
  return new TrafficWorker({
    settings,
    createEngine: (services) => new NodeEngine(services),
    pick: Math.random,
    onWarning: (message) => send({ kind: 'log', level: 'warn', message }),
  });
}

function sendCounters(worker: TrafficWorker): void {
  send({ kind: 'counters', ...worker.counters.report(), connections: worker.connections() });
}

run();

// Composition root of `fairlead speaker`: the API server on one side, the node on the other.
import type { BGPAdvertisement, BGPPeer } from '../api/fairlead.ts';
import { SYSTEM_NAMESPACE } from '../api/identity.ts';
import { KINDS } from '../api/kinds.ts';
import { objectKey } from '../api/meta.ts';
import { type SpeakerSettings, speakerSettings } from '../config/speaker.ts';
import { VERSION } from '../config/version.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { type World, watchKinds } from '../kube/world.ts';
import { systemClock } from '../runtime/clock.ts';
import { serveDebugSocket } from '../runtime/debug-socket.ts';
import { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { type ProgramContext, runProgram } from '../runtime/run-program.ts';
import { type MetricsSource, registerMetrics } from './apply/metrics.ts';
import { HEARTBEAT_MS, type ObjectVersion, SpeakerStatus } from './apply/status.ts';
import type { Convergence } from './converge.ts';
import { NodeSpeaker } from './node-speaker.ts';
import { planNodeStatus } from './plan/node-status.ts';
import { planObjectStatus, type Refused } from './plan/object-status.ts';
import { debugRoutes } from './show.ts';
import type { SpeakerObjects } from './snapshot.ts';
import { withdrawAll } from './withdraw-all.ts';

const WATCHED = [KINDS.IPAllocation, KINDS.BGPPeer, KINDS.BGPAdvertisement, KINDS.LBNode, KINDS.Secret] as const;
/** A pass that takes longer hangs: systemd shall start the speaker anew. In ms. */
const MAX_PASS_MS = 20_000;
const STATUS_SETTLE_MS = 50;

const NOTES = [
  "The speaker announces an address when ipam has given it out, the proxy of this node serves it, a BGPAdvertisement covers its pool and a BGPPeer can hear it; 'fairlead explain ipallocation/ADDRESS' says what is missing.",
  "SIGTERM leaves routes and addresses in place, so that a restart loses nothing: 'fairlead drain NODE' takes traffic away.",
].join('\n');

/** Runs the speaker; resolves with the exit code. */
export function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
  return runProgram(
    {
      name: 'speaker',
      version: VERSION,
      summary: 'Makes the network send the addresses that this node serves to this node.',
      notes: NOTES,
      schema: speakerSettings,
      main: (context, shutdown) =>
        context.settings.withdrawAll
          ? withdrawAll(context.settings.gobgpSocket, context.log, shutdown)
          : speak(context, shutdown),
    },
    argv,
    signal,
  );
}

async function speak(context: ProgramContext<SpeakerSettings>, signal: AbortSignal): Promise<void> {
  const { settings, log, metrics, notifier, health } = context;
  await using client = await KubeClient.fromConfig({ kubeconfig: settings.kubeconfig });
  const events = new EventRecorder({ client, component: 'fairlead-speaker', instance: settings.node, log });
  const writer = new StatusWriter({ client, log });
  const status = new SpeakerStatus({ client, writer, events, clock: systemClock, node: settings.node });
  const speaker: NodeSpeaker = new NodeSpeaker({
    settings,
    objects: () => (world.isSynced ? objectsOf(world) : undefined),
    clock: systemClock,
    log,
    onPass: (pass) => {
      notifier.ready();
      notifier.status(summaryOf(pass));
      statusLoop.wake();
    },
  });
  const world = watchKinds(
    {
      client,
      kinds: WATCHED,
      onChange: () => speaker.wake(),
      log,
      scopes: { Secret: { namespace: SYSTEM_NAMESPACE } },
    },
    signal,
  );
  const statusLoop = new ReconcileLoop({
    settleMs: STATUS_SETTLE_MS,
    reconcile: (passSignal) => writeStatus({ speaker, world, status, node: settings.node }, passSignal),
    onError: (error, attempt) =>
      log[attempt === 0 ? 'warn' : 'debug']({ err: error }, 'status not written; trying again'),
  });
  const source: MetricsSource = {
    facts: () => speaker.converger.last?.facts,
    counters: () => speaker.engine.counters(),
    errors: () => speaker.converger.errors,
    reportAgeMs: () => speaker.reader.ageMs(),
  };
  registerMetrics(source, metrics);
  health.require('pass', () => speaker.busyMs() < MAX_PASS_MS);
  await serveDebugSocket(
    settings.debugSocket,
    debugRoutes(() => speaker.converger.last),
    signal,
  );
  const heartbeat = setInterval(() => statusLoop.wake(), HEARTBEAT_MS);
  await Promise.all([speaker.run(signal), statusLoop.run(signal), events.run(signal), world.stopped]);
  clearInterval(heartbeat);
}

interface StatusParts {
  readonly speaker: NodeSpeaker;
  readonly world: World;
  readonly status: SpeakerStatus;
  readonly node: string;
}

/** Before the API server has told everything there is nothing true to write. */
async function writeStatus({ speaker, world, status, node }: StatusParts, signal: AbortSignal): Promise<void> {
  const pass = speaker.converger.last;
  if (pass === undefined || pass.isBlind || !world.isSynced) return;
  const snapshot = { ...pass.snapshot, now: systemClock.now() };
  await status.apply(
    {
      node: planNodeStatus(snapshot, pass.facts),
      own: world.store(KINDS.LBNode).get(objectKey(undefined, node)),
      objects: planObjectStatus(snapshot, refusedOf(world)),
      find: (kind, name) => findObject(world, kind, name),
    },
    signal,
  );
}

/** Readable or not. */
function findObject(world: World, kind: Refused['kind'], name: string): ObjectVersion | undefined {
  const key = objectKey(undefined, name);
  const store = world.store<BGPPeer | BGPAdvertisement>(KINDS[kind]);
  return store.get(key)?.metadata ?? store.refusals().find((refusal) => refusal.key === key);
}

function objectsOf(world: World): SpeakerObjects {
  return {
    allocations: world.store(KINDS.IPAllocation).list(),
    peers: world.store(KINDS.BGPPeer).list(),
    advertisements: world.store(KINDS.BGPAdvertisement).list(),
    nodes: world.store(KINDS.LBNode).list(),
    secrets: world.store(KINDS.Secret).list(),
  };
}

function refusedOf(world: World): readonly Refused[] {
  return world
    .refusals()
    .flatMap(({ kind, key, errors }) =>
      kind === 'BGPPeer' || kind === 'BGPAdvertisement' ? [{ kind, name: key, errors }] : [],
    );
}

/** One line for `systemctl status`. */
function summaryOf({ facts, snapshot, isBlind }: Convergence): string {
  const up = [...facts.sessions.values()].filter(({ state }) => state === 'Established').length;
  const trouble = [
    ...(isBlind ? ['waiting for the API server, keeping what is announced'] : []),
    ...(facts.engineFault === undefined ? [] : [facts.engineFault]),
    ...(snapshot.served.kind === 'fresh' ? [] : ['no serving report from the proxy']),
  ];
  const counts = `${snapshot.phase.name}: ${facts.announced.length} addresses announced, ${up} sessions up`;
  return [counts, ...trouble].join('; ');
}

// The speaker of one node without its API server: BGP daemon, kernel, serving report, and the loop that joins them.
import type { SpeakerSettings } from '../config/speaker.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { sleep } from '../runtime/sleep.ts';
import { EngineSession } from './apply/engine-session.ts';
import { connectGobgp } from './apply/gobgp/connect.ts';
import { Kernel } from './apply/kernel.ts';
import { KernelGuard } from './apply/kernel-guard.ts';
import { LocalAddresses } from './apply/local-addresses.ts';
import { NodeAddresses } from './apply/node-addresses.ts';
import { ServingReportReader } from './apply/serving-report-reader.ts';
import { type Convergence, Converger } from './converge.ts';
import type { SpeakerObjects } from './snapshot.ts';

export interface NodeSpeakerOptions {
  readonly settings: Pick<
    SpeakerSettings,
    'node' | 'gobgpSocket' | 'servingSocket' | 'nodeAddress' | 'routerId' | 'bgpPort'
  >;
  /** The objects, or undefined while the API server has not told all of them yet. */
  readonly objects: () => SpeakerObjects | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told after each pass. */
  readonly onPass: (convergence: Convergence) => void;
}

/** How long a start waits for the proxy's first report, so that a restart does not withdraw what is served, in ms. */
const FIRST_REPORT_MS = 1000;
/** A pass without a reason, for what changes by itself: nodes that go stale, tables that a firewall flushed. In ms. */
const PERIOD_MS = 5000;

export class NodeSpeaker {
  readonly converger: Converger;
  readonly reader: ServingReportReader;
  readonly engine: EngineSession;
  readonly #loop: ReconcileLoop;
  readonly #firstReport = Promise.withResolvers<void>();

  constructor(options: NodeSpeakerOptions) {
    const { settings, clock, log } = options;
    const wake = (): void => this.wake();
    this.engine = new EngineSession({
      connect: (signal) => connectGobgp(settings.gobgpSocket, signal),
      clock,
      log,
      onChange: wake,
    });
    this.reader = new ServingReportReader({
      path: settings.servingSocket,
      clock,
      onChange: () => {
        this.#firstReport.resolve();
        wake();
      },
      onBadLine: (reason) => log.warn({ reason }, 'the proxy sent a line that is no serving report'),
    });
    this.converger = new Converger({
      node: settings.node,
      routerId: settings.routerId,
      listenPort: settings.bgpPort === 0 ? undefined : settings.bgpPort,
      nodeAddresses: new NodeAddresses(settings.nodeAddress),
      objects: options.objects,
      engine: this.engine,
      kernel: new Kernel({ addresses: new LocalAddresses(), guard: new KernelGuard(), clock }),
      reader: this.reader,
      clock,
      log,
      wake,
    });
    // A lost report must become a withdrawal within milliseconds: nothing may settle first.
    this.#loop = new ReconcileLoop({
      settleMs: 0,
      reconcile: async (signal) => {
        await this.converger.converge(signal);
        if (this.converger.last !== undefined) options.onPass(this.converger.last);
      },
      onError: (err) => log.error({ err }, 'bug: a pass failed as a whole'),
      clock,
    });
  }

  /** Asks for a pass. */
  wake(): void {
    this.#loop.wake();
  }

  /** How long the present pass has been running in ms: a watchdog's question. */
  busyMs(): number {
    return this.#loop.busyMs();
  }

  /** Converges until the signal aborts. Routes and addresses stay as they are then: a restart shall lose nothing. */
  async run(signal: AbortSignal): Promise<void> {
    const reading = this.reader.run(signal);
    await Promise.race([this.#firstReport.promise, sleep(FIRST_REPORT_MS, signal).catch(() => {})]);
    const period = setInterval(() => this.wake(), PERIOD_MS);
    this.wake();
    await this.#loop.run(signal);
    clearInterval(period);
    this.converger.stop();
    this.engine[Symbol.dispose]();
    await reading;
  }
}

// The shell around each of our programs: settings, logger, metrics, systemd, shutdown and exit code, so that a main.ts
// holds its own composition only.
import type { Registry } from 'prom-client';
import { HealthChecks } from './health.ts';
import { createLogger, type Logger, type LogLevel } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { parseSettings, type SettingsSchema } from './settings.ts';
import { untilShutdown } from './shutdown.ts';
import { SystemdNotifier } from './systemd-notify.ts';

/** The settings that the shell itself reads; config/program.ts has the rows. */
export interface CommonSettings {
  readonly node?: string | undefined;
  readonly logLevel: LogLevel;
  /** Where GET /metrics is served; undefined: nowhere. */
  readonly metricsAddress?: { readonly host: string; readonly port: number } | undefined;
}

export interface ProgramContext<T> {
  readonly settings: T;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly notifier: SystemdNotifier;
  /** While one of these fails, systemd's watchdog gets no sign of life. */
  readonly health: HealthChecks;
}

export interface Program<T extends CommonSettings> {
  /** 'ipam', 'speaker', ... */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly notes?: string;
  readonly schema: SettingsSchema<T>;
  /**
   * Does the work until the signal aborts, then puts the house in order and resolves. Calls `notifier.ready()` when the
   * program does its job. A rejection is the end of the program with exit code 1.
   */
  readonly main: (context: ProgramContext<T>, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs a program until SIGTERM, SIGINT or the caller's signal. Resolves with the exit code: 0 done (or help shown),
 * 1 failed, 2 wrong settings.
 */
export async function runProgram<T extends CommonSettings>(
  program: Program<T>,
  argv: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const parsed = parseSettings({ ...program, program: program.name, argv, env: process.env });
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === 'refused') {
    process.stderr.write(`fairlead ${program.name}: ${parsed.because.message}\n`);
    return parsed.because.exitCode;
  }
  return runWithSettings(program, parsed.settings, signal);
}

async function runWithSettings<T extends CommonSettings>(
  program: Program<T>,
  settings: T,
  outer?: AbortSignal,
): Promise<number> {
  const log = createLogger({ program: program.name, level: settings.logLevel, node: settings.node });
  const metrics = createMetrics(program.name, program.version);
  const health = new HealthChecks();
  const notifier = SystemdNotifier.fromEnvironment(process.env, {
    onError: (error) => log.warn({ err: error }, 'systemd did not get a notification'),
  });
  using shutdown = untilShutdown(outer);
  // What a failed program has started ends with it; else its watches would keep the process alive.
  const failed = new AbortController();
  const lifetime = AbortSignal.any([shutdown.signal, failed.signal]);
  const end = new AbortController(); // watchdog and metrics stay while main cleans up
  shutdown.signal.addEventListener('abort', () => notifier.stopping(), { once: true });
  try {
    notifier.start(end.signal, () => isHealthy(health, log));
    if (settings.metricsAddress) await serveMetrics({ registry: metrics, ...settings.metricsAddress }, end.signal);
    log.info({ version: program.version }, 'started');
    await program.main({ settings, log, metrics, notifier, health }, lifetime);
    log.info({ reason: shutdown.reason }, 'stopped');
    return 0;
  } catch (error) {
    log.fatal({ err: error }, `failed: ${Error.isError(error) ? error.message : String(error)}`);
    failed.abort(error);
    return 1;
  } finally {
    end.abort();
  }
}

function isHealthy(health: HealthChecks, log: Logger): boolean {
  const failing = health.failing();
  if (failing.length > 0) log.error({ failing }, 'unhealthy: the watchdog gets no sign of life');
  return failing.length === 0;
}

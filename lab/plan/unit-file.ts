// A systemd unit file, read as far as our own units need it (systemd.syntax(7), systemd.service(5)). The plain lab runs
// the very files that the package installs, so that a lab proves the units' command lines.
import type { Parsed } from '../../api/parsed.ts';

export interface CommandLine {
  readonly argv: readonly string[];
  /** The `-` prefix: a failure counts as success. */
  readonly mayFail: boolean;
}

export interface EnvironmentFile {
  readonly path: string;
  readonly optional: boolean;
}

export interface UnitFile {
  readonly name: string;
  readonly type: 'simple' | 'notify' | 'oneshot';
  readonly execStartPre: readonly CommandLine[];
  readonly execStart: CommandLine;
  readonly execStopPost: readonly CommandLine[];
  readonly restart: 'no' | 'always' | 'on-failure';
  readonly restartMs: number;
  readonly watchdogMs: number | undefined;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly killMode: 'control-group' | 'mixed' | 'process';
  readonly killSignal: string;
  /** Names below /run. */
  readonly runtimeDirectories: readonly string[];
  /** Names below /var/lib. */
  readonly stateDirectories: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentFiles: readonly EnvironmentFile[];
}

type Section = ReadonlyMap<string, readonly string[]>;

const DEFAULT_TIMEOUT_MS = 90_000;

/** Reads a unit. `name` is the file's name without `.service`. */
export function parseUnitFile(name: string, text: string): Parsed<UnitFile> {
  const sections = readSections(text);
  const service: Section = sections.get('Service') ?? new Map();
  const [execStart] = commandLines(service, 'ExecStart');
  if (execStart === undefined) return { ok: false, errors: [{ path: 'Service.ExecStart', reason: 'is missing' }] };
  const watchdogMs = timeSpan(last(service, 'WatchdogSec'), 0);
  return {
    ok: true,
    value: {
      name,
      type: oneOf(last(service, 'Type'), ['simple', 'notify', 'oneshot'] as const),
      execStartPre: commandLines(service, 'ExecStartPre'),
      execStart,
      execStopPost: commandLines(service, 'ExecStopPost'),
      restart: oneOf(last(service, 'Restart'), ['no', 'always', 'on-failure'] as const),
      restartMs: timeSpan(last(service, 'RestartSec'), 100),
      watchdogMs: watchdogMs === 0 ? undefined : watchdogMs,
      startTimeoutMs: timeSpan(last(service, 'TimeoutStartSec'), DEFAULT_TIMEOUT_MS),
      stopTimeoutMs: timeSpan(last(service, 'TimeoutStopSec'), DEFAULT_TIMEOUT_MS),
      killMode: oneOf(last(service, 'KillMode'), ['control-group', 'mixed', 'process'] as const),
      killSignal: last(service, 'KillSignal') ?? 'SIGTERM',
      runtimeDirectories: words(service, 'RuntimeDirectory'),
      stateDirectories: words(service, 'StateDirectory'),
      environment: parseEnvironment(words(service, 'Environment').join('\n')),
      environmentFiles: (service.get('EnvironmentFile') ?? []).map(environmentFile),
    },
  };
}

/** `KEY=value` lines, as EnvironmentFile= has them: comments and blank lines are skipped, quotes are taken off. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line) && line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), unquote(line.slice(line.indexOf('=') + 1))] as const);
  return Object.fromEntries(pairs);
}

/** Words as the shell would split them, with '…' and "…". */
export function splitWords(text: string): readonly string[] {
  const parts = text.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];
  return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

export interface Specifiers {
  readonly host: string;
  readonly unit: string;
}

/** Fills in what systemd would: specifiers (%H, %n, %t, %S, %%) and variables ($NAME as words, ${NAME} inside one). */
export function expandCommand(
  argv: readonly string[],
  { host, unit }: Specifiers,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const specifiers: Readonly<Record<string, string>> = {
    H: host,
    n: `${unit}.service`,
    N: unit,
    p: unit,
    t: '/run',
    S: '/var/lib',
    '%': '%',
  };
  return argv
    .map((word) => word.replace(/%([HnNptS%])/g, (_, letter: string) => specifiers[letter] ?? ''))
    .flatMap((word) => {
      const bare = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1];
      if (bare !== undefined) return splitWords(env[bare] ?? '');
      return [word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, variable: string) => env[variable] ?? '')];
    });
}

function readSections(text: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Map<string, readonly string[]>>();
  let section = new Map<string, readonly string[]>();
  for (const line of logicalLines(text)) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, readonly string[]>();
      sections.set(header, section);
    } else if (key !== undefined && value !== undefined) {
      // An empty assignment empties the list.
      section.set(key, value === '' ? [] : [...(section.get(key) ?? []), value]);
    }
  }
  return sections;
}

/** Lines without comments; a backslash at the end joins the next one. */
function logicalLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function commandLines(section: Section, key: string): readonly CommandLine[] {
  return (section.get(key) ?? []).map((text) => {
    // `+` (full privileges) and `:` mean nothing here: the plain lab runs everything as root.
    const prefix = /^[-+:!@]*/.exec(text)?.[0] ?? '';
    return { argv: splitWords(text.slice(prefix.length)), mayFail: prefix.includes('-') };
  });
}

function environmentFile(text: string): EnvironmentFile {
  return { path: text.replace(/^-/, ''), optional: text.startsWith('-') };
}

function words(section: Section, key: string): readonly string[] {
  return (section.get(key) ?? []).flatMap(splitWords);
}

function last(section: Section, key: string): string | undefined {
  return section.get(key)?.at(-1);
}

/** The value when it is one of the allowed, else the first, which is systemd's default. */
function oneOf<const T extends readonly [string, ...string[]]>(value: string | undefined, allowed: T): T[number] {
  return allowed.find((candidate) => candidate === value) ?? allowed[0];
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, '': 1000, min: 60_000, h: 3_600_000 };

/** systemd.time(7): `100ms`, `1min 30s`, `5`; in milliseconds. */
function timeSpan(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise;
  if (text === 'infinity') return Number.MAX_SAFE_INTEGER;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 1000), 0);
}

function unquote(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

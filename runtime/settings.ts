// Settings of a program: one zod object schema says their names, types, defaults and what they mean; flags, environment
// and file are three spellings of it. Field `debugSocket` is --debug-socket, FAIRLEAD_<PROGRAM>_DEBUG_SOCKET and the
// key `debugSocket` in the YAML file. A flag beats the environment, which beats the file, which beats the default.
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { readFlags } from './settings-flags.ts';
import { describeSettings, envName, type SettingRow } from './settings-rows.ts';

/** What a schema of settings must be. A field's `.meta({ description, valueName, env })` feeds the help text. */
export type SettingsSchema<T> = z.ZodType<T> & { readonly shape: Readonly<Record<string, z.ZodType>> };

export interface SettingsRequest<T> {
  /** The program's short name ('speaker'); part of the environment's names. */
  readonly program: string;
  /** What the program does, for --help. */
  readonly summary: string;
  /** Printed below the flags in --help: examples, what to read next. */
  readonly notes?: string;
  readonly schema: SettingsSchema<T>;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the file of --config; by default from disk. */
  readonly readFile?: (path: string) => string;
}

export type SettingsResult<T> =
  | { readonly kind: 'settings'; readonly settings: T }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly because: SettingsError };

/** A user's mistake in settings: the message is one line that names the source and the reason. */
class SettingsError extends Error {
  /** The exit code of a program that got wrong settings. */
  readonly exitCode = 2;

  constructor(message: string) {
    super(message.replaceAll(/\s*\n\s*/g, ' '));
    this.name = 'SettingsError';
  }
}

/** One given value and where it was given. */
interface Given {
  readonly source: string;
  readonly value: unknown;
}

type GivenByKey = ReadonlyMap<string, Given>;

/** Reads the settings of a program. Never throws for what a user wrote. */
export function parseSettings<T>(request: SettingsRequest<T>): SettingsResult<T> {
  const rows = describeSettings(request.schema.shape);
  try {
    const flags = readFlags(rows, request);
    if (flags.kind === 'help') return flags;
    if (flags.kind === 'refused') throw new SettingsError(flags.reason);
    const fromEnv = givenByEnvironment(rows, request);
    const configFile = flags.configFile ?? request.env[envName(request.program, 'config')];
    const fromFile = configFile === undefined ? new Map<string, Given>() : givenByFile(rows, request, configFile);
    const given: GivenByKey = new Map([...fromFile, ...fromEnv, ...givenByFlags(rows, flags.values)]);
    return { kind: 'settings', settings: validate(request, rows, given) };
  } catch (error) {
    if (error instanceof SettingsError) return { kind: 'refused', because: error };
    throw error;
  }
}

function givenByFlags(
  rows: readonly SettingRow[],
  values: ReadonlyMap<string, string | readonly string[]>,
): GivenByKey {
  return new Map(
    rows.flatMap((row) => {
      const value = values.get(row.key);
      return value === undefined ? [] : [[row.key, { source: row.flag, value: fromText(row, value) }] as const];
    }),
  );
}

function givenByEnvironment<T>(rows: readonly SettingRow[], { program, env }: SettingsRequest<T>): GivenByKey {
  const known = new Map(
    rows.flatMap((row) => [envName(program, row.key), ...row.extraEnv].map((name) => [name, row] as const)),
  );
  const prefix = envName(program, '');
  const isStray = (name: string): boolean =>
    name.startsWith(prefix) && !known.has(name) && name !== `${prefix}CONFIG` && !isServiceLink(name, env[name] ?? '');
  const stray = Object.keys(env).find(isStray);
  if (stray !== undefined) throw new SettingsError(`environment ${stray}: no such setting (see --help)`);
  return new Map(
    [...known].toReversed().flatMap(([name, row]) => {
      const text = env[name];
      return text === undefined || text === ''
        ? []
        : [[row.key, { source: `environment ${name}`, value: fromText(row, text) }] as const];
    }),
  );
}

const SERVICE_LINK = /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const LINK_URL = /^(?:tcp|udp|sctp):\/\//;

/**
 * Whether this is what Kubernetes tells every pod of a Service in its namespace: for one called fairlead-ipam that is
 * FAIRLEAD_IPAM_SERVICE_HOST, FAIRLEAD_IPAM_PORT=tcp://..., FAIRLEAD_IPAM_PORT_80_TCP_ADDR and so on.
 */
function isServiceLink(name: string, value: string): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && LINK_URL.test(value));
}

function givenByFile<T>(rows: readonly SettingRow[], request: SettingsRequest<T>, path: string): GivenByKey {
  const { readFile = (name) => readFileSync(name, 'utf8') } = request;
  const content = readYaml(path, readFile);
  if (content === null) return new Map();
  if (typeof content !== 'object' || Array.isArray(content))
    throw new SettingsError(`file ${path}: must be a mapping of settings`);
  const keys = new Set(rows.map((row) => row.key));
  return new Map(
    Object.entries(content).map(([key, value]: [string, unknown]) => {
      if (!keys.has(key)) throw new SettingsError(`file ${path}: no setting is called '${key}' (see --help)`);
      return [key, { source: `file ${path}: ${key}`, value }] as const;
    }),
  );
}

function readYaml(path: string, readFile: (path: string) => string): unknown {
  try {
    return parseYaml(readFile(path), { version: '1.1' });
  } catch (error) {
    throw new SettingsError(`file ${path}: ${Error.isError(error) ? error.message : String(error)}`);
  }
}

/** Flags and environment are text; the schema's input type says what they spell. Unreadable text is left for zod. */
function fromText(row: SettingRow, text: string | readonly string[]): unknown {
  if (row.type === 'array') return (typeof text === 'string' ? [text] : text).flatMap((part) => part.split(','));
  const last = typeof text === 'string' ? text : text.at(-1);
  if (row.type === 'boolean') return last === 'true' ? true : last === 'false' ? false : last;
  if (row.type === 'number' && last?.trim() !== '' && !Number.isNaN(Number(last))) return Number(last);
  return last;
}

function validate<T>(request: SettingsRequest<T>, rows: readonly SettingRow[], given: GivenByKey): T {
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const result = request.schema.safeParse(values);
  if (result.success) return result.data;
  const { issues } = result.error;
  const issue = issues.find(({ path }) => given.has(String(path[0]))) ?? issues[0];
  const key = String(issue?.path[0] ?? '');
  const inside = (issue?.path ?? []).slice(1).map(String).join('.');
  const found = given.get(key);
  if (found === undefined) throw new SettingsError(missing(request.program, rows, key) ?? `${issue?.message}`);
  const value = typeof found.value === 'string' ? `'${found.value}'` : JSON.stringify(found.value);
  throw new SettingsError(`${found.source}${inside === '' ? '' : `.${inside}`}: ${issue?.message} (got ${value})`);
}

function missing(program: string, rows: readonly SettingRow[], key: string): string | undefined {
  const row = rows.find((candidate) => candidate.key === key);
  return row && `${row.flag} is required (or environment ${envName(program, key)}, or '${key}' in the --config file)`;
}

// A settings schema seen as a table: what flags, environment and help need to know of each field.
import { z } from 'zod';

export interface SettingRow {
  /** The field of the schema and the key in the file. */
  readonly key: string;
  /** '--debug-socket' */
  readonly flag: string;
  readonly type: 'string' | 'number' | 'boolean' | 'array' | 'object';
  readonly description: string;
  /** What stands for the value in --help. */
  readonly valueName: string;
  readonly choices: readonly string[];
  readonly defaultText: string | undefined;
  /** Names in the environment beside FAIRLEAD_<PROGRAM>_<FLAG>, e.g. KUBECONFIG. */
  readonly extraEnv: readonly string[];
}

/** Reads each field's input type, default, choices and `.meta()` out of the schema. */
export function describeSettings(shape: Readonly<Record<string, z.ZodType>>): readonly SettingRow[] {
  return Object.entries(shape).map(([key, schema]) => describeSetting(key, schema));
}

/** The name of a setting in the environment: FAIRLEAD_SPEAKER_DEBUG_SOCKET. */
export function envName(program: string, key: string): string {
  return `FAIRLEAD_${program}_${kebab(key)}`.replaceAll('-', '_').toUpperCase();
}

function describeSetting(key: string, schema: z.ZodType): SettingRow {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const type = readType(typeof json.type === 'string' ? json.type : undefined);
  const valueName = json['valueName'];
  const env = json['env'];
  return {
    key,
    flag: `--${kebab(key)}`,
    type,
    description: json.description ?? '',
    valueName: typeof valueName === 'string' ? valueName : type === 'number' ? 'N' : 'VALUE',
    choices: (json.enum ?? []).map(String),
    defaultText: json.default === undefined ? undefined : showDefault(json.default),
    extraEnv: typeof env === 'string' ? [env] : [],
  };
}

function readType(type: string | undefined): SettingRow['type'] {
  if (type === 'integer') return 'number';
  return type === 'number' || type === 'boolean' || type === 'array' || type === 'object' ? type : 'string';
}

function showDefault(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

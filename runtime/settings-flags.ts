// The command line of a program, by commander: reads flags as text and writes the help that teaches them.
import { Command, CommanderError, Option } from 'commander';
import { envName, type SettingRow } from './settings-rows.ts';

export interface FlagsRequest {
  readonly program: string;
  readonly summary: string;
  readonly notes?: string;
  readonly argv: readonly string[];
}

export type Flags =
  | {
      readonly kind: 'flags';
      readonly values: ReadonlyMap<string, string | readonly string[]>;
      readonly configFile: string | undefined;
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads the flags given; nothing is converted or checked here beyond their names. */
export function readFlags(rows: readonly SettingRow[], request: FlagsRequest): Flags {
  const values = new Map<string, string | readonly string[]>();
  let configFile: string | undefined;
  const command = createCommand(request);
  for (const row of rows.filter(({ type }) => type !== 'object')) {
    command.addOption(createOption(row, request.program));
    command.on(`option:${row.flag.slice(2)}`, (text: string | null) => {
      const before = values.get(row.key);
      values.set(row.key, row.type === 'array' ? [before ?? [], text ?? ''].flat() : (text ?? 'true'));
    });
  }
  command.on('option:config', (path: string) => {
    configFile = path;
  });
  try {
    command.parse([...request.argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: command.helpInformation() };
    return { kind: 'refused', reason: error.message.replace(/^error: /, '') };
  }
  return { kind: 'flags', values, configFile };
}

function createCommand({ program, summary, notes }: FlagsRequest): Command {
  const prefix = envName(program, '');
  const paragraphs = [
    `Each setting may also be given by environment (${prefix}<FLAG>, e.g. ${prefix}LOG_LEVEL=debug) or in the YAML file of --config (logLevel: debug). A flag beats the environment, the environment beats the file.`,
    ...(notes === undefined ? [] : [notes]),
  ];
  return new Command(`fairlead ${program}`)
    .usage('[flags]')
    .description([summary, ...paragraphs].join('\n\n'))
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .allowExcessArguments(false)
    .helpOption('--help', 'show this text')
    .option('--config <FILE>', 'YAML file with settings');
}

function createOption(row: SettingRow, program: string): Option {
  const value = row.type === 'boolean' ? ' [true|false]' : ` <${row.valueName}>`;
  const facts = [
    ...(row.choices.length > 0 ? [`one of ${row.choices.join(', ')}`] : []),
    ...(row.type === 'array' ? ['repeatable'] : []),
    ...(row.defaultText === undefined ? [] : [`default ${row.defaultText}`]),
    ...row.extraEnv.map((name) => `environment ${name} or ${envName(program, row.key)}`),
  ];
  const suffix = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
  return new Option(`${row.flag}${value}`, `${row.description}${suffix}`);
}

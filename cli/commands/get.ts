// `fairlead get`: objects of any kind, with the table that the API server itself prints.
import { stringify } from 'yaml';
import { z } from 'zod';
import type { KubeClient } from '../../kube/client.ts';
import { discover, displayName, findType, pathOf, type ResourceType, readAnswer } from '../api.ts';
import { formatTable } from '../table.ts';
import { CommandError, type Terminal } from '../terminal.ts';

export const OUTPUT_FORMATS = ['wide', 'yaml', 'json', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface GetOptions {
  readonly type: string;
  readonly name: string | undefined;
  readonly namespace: string;
  readonly allNamespaces: boolean;
  readonly selector: string | undefined;
  readonly output: OutputFormat | undefined;
}

const tableSchema = z.object({
  columnDefinitions: z.array(z.object({ name: z.string(), priority: z.number().default(0) })),
  rows: z
    .array(
      z.object({
        cells: z.array(z.unknown()),
        object: z.looseObject({ metadata: z.looseObject({ namespace: z.string().optional() }) }),
      }),
    )
    .nullish(),
});
const namedSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const listSchema = z.looseObject({ items: z.array(namedSchema) });
type Named = z.infer<typeof namedSchema>;

/** Prints one object or a list of them. */
export async function get(
  client: KubeClient,
  options: GetOptions,
  io: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  const type = findType(await discover(client, io.signal), options.type);
  const everywhere = options.allNamespaces && options.name === undefined;
  const path = pathOf(type, { namespace: everywhere ? undefined : options.namespace, name: options.name });
  const query = options.selector === undefined ? {} : { labelSelector: options.selector };
  if (options.output === undefined || options.output === 'wide') {
    const answer = await client.request('GET', path, {
      query,
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      signal: io.signal,
    });
    printTable(readAnswer(tableSchema, answer), { options, type, everywhere, terminal: io.terminal });
    return;
  }
  io.terminal.out(
    formatObjects(await client.request('GET', path, { query, signal: io.signal }), { output: options.output, type }),
  );
}

interface PrintContext {
  readonly options: GetOptions;
  readonly type: ResourceType;
  readonly everywhere: boolean;
  readonly terminal: Terminal;
}

function printTable(table: z.infer<typeof tableSchema>, { options, type, everywhere, terminal }: PrintContext): void {
  const rows = table.rows ?? [];
  if (rows.length === 0) {
    terminal.error(
      type.namespaced && !everywhere ? `No resources found in ${options.namespace} namespace.` : 'No resources found',
    );
    return;
  }
  const shown = table.columnDefinitions.map(({ priority }) => priority === 0 || options.output === 'wide');
  const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, column) => shown[column] === true);
  const withNamespace = everywhere && type.namespaced;
  terminal.out(
    formatTable(
      [...(withNamespace ? ['namespace'] : []), ...pick(table.columnDefinitions.map(({ name }) => name))],
      rows.map(({ cells, object }) => [
        ...(withNamespace ? [object.metadata.namespace ?? ''] : []),
        ...pick(cells.map(formatCell)),
      ]),
    ),
  );
}

function formatCell(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}

function formatObjects(
  answer: unknown,
  { output, type }: { output: 'yaml' | 'json' | 'name'; type: ResourceType },
): string {
  const list = listSchema.safeParse(answer);
  const objects = list.success ? list.data.items : [readAnswer(namedSchema, answer)];
  if (output === 'name') return objects.map(({ metadata }) => `${displayName(type, metadata.name)}\n`).join('');
  const items = objects.map((object) => asManifest(object, type));
  const shown = list.success ? { apiVersion: 'v1', kind: 'List', items } : items[0];
  return output === 'json'
    ? `${JSON.stringify(shown, undefined, 2)}\n`
    : stringify(shown, { version: '1.1', aliasDuplicateObjects: false });
}

/** As it can be applied again: items of a list say their kind too, and who manages which field is left out. */
function asManifest(object: Named, { apiVersion, kind }: ResourceType): unknown {
  // JSON and YAML leave out what is undefined.
  return { apiVersion, kind, ...object, metadata: { ...object.metadata, managedFields: undefined } };
}

/** Reads `-o`, or says which formats there are. */
export function parseOutputFormat(text: string | undefined): OutputFormat | undefined {
  if (text === undefined) return undefined;
  const format = OUTPUT_FORMATS.find((each) => each === text);
  if (format !== undefined) return format;
  throw new CommandError(
    `unable to match a printer suitable for the output format "${text}", allowed formats are: ${OUTPUT_FORMATS.join(',')}`,
    {
      exitCode: 2,
    },
  );
}

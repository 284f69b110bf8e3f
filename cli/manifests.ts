// Manifests from files, folders or standard input, with an error that names the file and the line.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { CommandError } from './terminal.ts';

const manifestSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().optional(),
    namespace: z.string().optional(),
    generateName: z.string().optional(),
  }),
});
/** Any Kubernetes object, whole. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads `-` (standard input), a file, or all .yaml, .yml and .json files of a folder in the order of their names. */
export function readManifests(path: string): Manifest[] {
  return sourcesOf(path).flatMap(({ name, text }) => parseManifests(text, name));
}

/** Parses one text of YAML documents (YAML 1.1, as Kubernetes reads it); `List` objects are opened. */
export function parseManifests(text: string, name: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1', prettyErrors: true });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CommandError(`${name}: ${firstLine(error.message)}`, { exitCode: 2 });
    const value: unknown = document.toJS();
    if (value === null) return [];
    const line = lineOf(text, isMap(document.contents) ? document.contents.range?.[0] : undefined);
    return openList(value, `${name}:${line}`);
  });
}

function sourcesOf(path: string): { readonly name: string; readonly text: string }[] {
  try {
    if (path === '-') return [{ name: 'standard input', text: readFileSync(0, 'utf8') }];
    if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }];
    const files = readdirSync(path)
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .toSorted();
    if (files.length === 0) throw new CommandError(`${path}: holds no .yaml, .yml or .json file`, { exitCode: 2 });
    return files.map((file) => ({ name: join(path, file), text: readFileSync(join(path, file), 'utf8') }));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${path}: ${messageOf(error)}`, { exitCode: 2, cause: error });
  }
}

function openList(value: unknown, where: string): Manifest[] {
  const list = z.looseObject({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) }).safeParse(value);
  if (list.success) return list.data.items.flatMap((item, index) => openList(item, `${where} items[${index}]`));
  const manifest = manifestSchema.safeParse(value);
  if (manifest.success) return [manifest.data];
  const [issue] = manifest.error.issues;
  throw new CommandError(`${where}: no Kubernetes object: ${[...(issue?.path ?? []), issue?.message].join(': ')}`, {
    exitCode: 2,
  });
}

function lineOf(text: string, offset: number | undefined): number {
  return text.slice(0, offset ?? 0).split('\n').length;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? text;
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}

// CustomResourceDefinitions from folders of YAML, at start. Reading 1.4 MB of YAML takes a second, so the parsed form is
// kept as JSON beside the data, under the hash of the text.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isObject, type JsonObject, stringAt } from '../json.ts';

/** A file cannot be read or holds something else than definitions. */
export class DefinitionFileError extends Error {
  readonly code = 'DEFINITION_FILE';
}

/**
 * All definitions in those folders (*.yaml, *.yml, *.json), by name. What was parsed before is looked up in all caches;
 * what is parsed now is kept in the first that can be written to. Throws DefinitionFileError.
 */
export function loadDefinitions(folders: readonly string[], caches: readonly string[]): readonly JsonObject[] {
  return folders.flatMap((folder) => filesIn(folder).flatMap((file) => definitionsIn(file, caches)));
}

function filesIn(folder: string): readonly string[] {
  const names = attempt(folder, () => readdirSync(folder));
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function definitionsIn(file: string, caches: readonly string[]): readonly JsonObject[] {
  const text = attempt(file, () => readFileSync(file, 'utf8'));
  const documents = file.endsWith('.json') ? [JSON.parse(text)] : parseCached(file, text, caches);
  return documents.filter((document) => {
    if (!isObject(document)) return false;
    return stringAt(document, 'kind') === 'CustomResourceDefinition';
  });
}

function parseCached(file: string, text: string, caches: readonly string[]): readonly JsonObject[] {
  const name = `${createHash('sha256').update(text).digest('hex')}.json`;
  for (const folder of caches) {
    const known = readCached(join(folder, name));
    if (known !== undefined) return known;
  }
  const documents = parseYaml(file, text);
  caches.some((folder) => keep(join(folder, name), documents));
  return documents;
}

function readCached(path: string): readonly JsonObject[] | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Not there, or damaged: the text is the truth.
    return undefined;
  }
}

/** False when nothing can be written there; then the text is parsed again next time. */
function keep(path: string, documents: readonly JsonObject[]): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(documents));
    renameSync(`${path}.${process.pid}`, path);
    return true;
  } catch {
    return false;
  }
}

function parseYaml(file: string, text: string): readonly JsonObject[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    const [problem] = document.errors ?? [];
    if (problem !== undefined) throw new DefinitionFileError(`${file}: ${problem.message}`);
    const value: unknown = JSON.parse(JSON.stringify(document.toJS() ?? null));
    return isObject(value) ? [value] : [];
  });
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DefinitionFileError(`${path}: ${Error.isError(error) ? error.message : String(error)}`, { cause: error });
  }
}

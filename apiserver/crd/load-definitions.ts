// CustomResourceDefinitions from folders of YAML, at start. Reading 1.4 MB of YAML takes a second, so the parsed form is
// kept as JSON beside the data, under the hash of the text.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isObject, type JsonObject, stringAt } from '../json.ts';

/** A file cannot be read or holds something else than definitions. */
export class DefinitionFileError extends Error {
  readonly code = 'DEFINITION_FILE';
}

/** All definitions in those folders (*.yaml, *.yml, *.json), by name. Throws DefinitionFileError. */
export function loadDefinitions(folders: readonly string[], cacheFolder: string | undefined): readonly JsonObject[] {
  return folders.flatMap((folder) => filesIn(folder).flatMap((file) => definitionsIn(file, cacheFolder)));
}

function filesIn(folder: string): readonly string[] {
  const names = attempt(folder, () => readdirSync(folder));
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function definitionsIn(file: string, cacheFolder: string | undefined): readonly JsonObject[] {
  const text = attempt(file, () => readFileSync(file, 'utf8'));
  const documents = file.endsWith('.json') ? [JSON.parse(text)] : parseCached(file, text, cacheFolder);
  return documents.filter((document) => {
    if (!isObject(document)) return false;
    return stringAt(document, 'kind') === 'CustomResourceDefinition';
  });
}

function parseCached(file: string, text: string, cacheFolder: string | undefined): readonly JsonObject[] {
  if (cacheFolder === undefined) return parseYaml(file, text);
  const cached = join(cacheFolder, `${createHash('sha256').update(text).digest('hex')}.json`);
  try {
    return JSON.parse(readFileSync(cached, 'utf8'));
  } catch {
    // Not cached yet, or the cache is damaged: the text is the truth.
  }
  const documents = parseYaml(file, text);
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(`${cached}.new`, JSON.stringify(documents));
  renameSync(`${cached}.new`, cached);
  return documents;
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

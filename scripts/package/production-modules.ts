// Which npm packages, and which of their files, the product needs on a customer's machine.
import { basename } from 'node:path';

/** The part of a package-lock.json (version 2 and 3) that is read here. */
export interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/** The folders of everything a production install holds, without Node.js itself (shipped apart) and without types. */
export function productionModules(lock: LockFile): readonly string[] {
  return Object.entries(lock.packages)
    .filter(([folder, entry]) => folder.startsWith('node_modules/') && entry.dev !== true && entry.devOptional !== true)
    .map(([folder]) => folder)
    .filter((folder) => !/^node_modules\/(node-linux-|@types\/|undici-types$)/.test(folder));
}

const LOADED_AT_RUN_TIME = /\.(js|cjs|mjs|json|node|wasm|proto)$/;
const LICENCE = /^(licen[cs]e|notice|copying|authors)/i;
const NOT_LOADED = new Set(['test', 'tests', 'example', 'examples', 'docs', 'benchmark', 'benchmarks', '.github']);

/** Whether a file of such a folder is loaded at run time or is a licence that must accompany it. */
export function isNeededFile(path: string): boolean {
  if (LICENCE.test(basename(path))) return true;
  const inside = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length).split('/');
  const folders = inside.slice(inside[0]?.startsWith('@') === true ? 2 : 1, -1);
  return LOADED_AT_RUN_TIME.test(path) && !folders.some((folder) => NOT_LOADED.has(folder) || folder === 'musl_x64');
}

// Where the definitions that come with the program are, and where their parsed form may be kept.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Written by the build; see precompile.ts. */
export const PARSED = '.parsed';

/** The folders of Fairlead's own and the Gateway API's definitions. */
export function shippedDefinitions(): readonly string[] {
  return definitionFolders(placeOf('config/crd'));
}

export function definitionFolders(root: string | undefined): readonly string[] {
  return root === undefined ? [] : [root, join(root, 'gateway-api')].filter((path) => existsSync(path));
}

/** Folders of parsed definitions: what the build made, the caches of a source tree, beside the data file. */
export function definitionCaches(data: string | undefined): readonly string[] {
  const [root, modules] = [placeOf('config/crd'), placeOf('node_modules')];
  return [
    ...(root !== undefined && existsSync(join(root, PARSED)) ? [join(root, PARSED)] : []),
    ...(modules === undefined ? [] : [join(modules, '.cache', 'fairlead-crd')]),
    ...(data === undefined ? [] : [join(dirname(data), 'crd-cache')]),
  ];
}

/** Something beside the sources or, for compiled code, one folder further up. */
function placeOf(path: string): string | undefined {
  const candidates = ['../..', '../../..'].map((up) => fileURLToPath(new URL(`${up}/${path}`, import.meta.url)));
  return candidates.find((candidate) => existsSync(candidate));
}

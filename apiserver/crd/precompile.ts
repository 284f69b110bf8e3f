// Part of the build: `node precompile.js <dist>/config/crd` parses the definitions once, so that no start has to.
import { join } from 'node:path';
import { loadDefinitions } from './load-definitions.ts';
import { definitionFolders, PARSED } from './shipped-definitions.ts';

const root = process.argv[2] ?? '';
loadDefinitions(definitionFolders(root), [join(root, PARSED)]);

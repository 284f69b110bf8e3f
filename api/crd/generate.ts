// npm run generate:crds: writes config/crd/fairlead.dev_*.yaml from the schemas in api/fairlead.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customResourceDefinitions } from './definitions.ts';
import { fileNameOf, yamlOf } from './render.ts';

const folder = join(import.meta.dirname, '../../config/crd');
for (const definition of customResourceDefinitions()) {
  writeFileSync(join(folder, fileNameOf(definition)), yamlOf(definition));
}

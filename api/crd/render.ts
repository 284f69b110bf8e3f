// How a generated CRD stands in config/crd.
import { stringify } from 'yaml';
import type { CustomResourceDefinition } from './definitions.ts';

export function fileNameOf({ spec }: CustomResourceDefinition): string {
  return `${spec.group}_${spec.names.plural}.yaml`;
}

/** YAML 1.1, as Kubernetes reads it: enumerations such as Yes and No need their quotes. */
export function yamlOf(definition: CustomResourceDefinition): string {
  const header = '# Generated from api/fairlead.ts by `npm run generate:crds`; do not edit.\n';
  return header + stringify(definition, { version: '1.1', lineWidth: 120, aliasDuplicateObjects: false });
}

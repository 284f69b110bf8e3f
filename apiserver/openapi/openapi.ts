import type { Answer, Call } from '../http/call.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { KubernetesSchemas } from '../schema/kubernetes-schemas.ts';

export interface OpenApiParts {
  readonly catalog: Catalog;
  readonly schemas: KubernetesSchemas;
}
export function openApiAnswer(_call: Call, _parts: OpenApiParts): Answer | undefined {
  return undefined;
}

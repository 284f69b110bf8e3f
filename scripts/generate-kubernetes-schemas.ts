// Derives the schemas of the built-in kinds that the embedded API server serves from Kubernetes' own published OpenAPI v3
// documents (Apache-2.0): `node scripts/generate-kubernetes-schemas.ts <kubernetes>/api/openapi-spec/v3`.
// The result is structural: references stay (`$ref: "Name"`), the few odd types become what CRDs would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

const KINDS: readonly { file: string; prefix: string; kinds: readonly string[] }[] = [
  {
    file: 'api__v1_openapi.json',
    prefix: 'io.k8s.api.core.v1.',
    kinds: ['Namespace', 'Service', 'Endpoints', 'Secret', 'ConfigMap', 'ServiceAccount', 'Pod', 'Node', 'Event'],
  },
  { file: 'apis__discovery.k8s.io__v1_openapi.json', prefix: 'io.k8s.api.discovery.v1.', kinds: ['EndpointSlice'] },
  { file: 'apis__events.k8s.io__v1_openapi.json', prefix: 'io.k8s.api.events.v1.', kinds: ['Event'] },
  { file: 'apis__coordination.k8s.io__v1_openapi.json', prefix: 'io.k8s.api.coordination.v1.', kinds: ['Lease'] },
  {
    file: 'apis__apps__v1_openapi.json',
    prefix: 'io.k8s.api.apps.v1.',
    kinds: ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
  },
  {
    file: 'apis__networking.k8s.io__v1_openapi.json',
    prefix: 'io.k8s.api.networking.v1.',
    kinds: ['Ingress', 'IngressClass', 'NetworkPolicy'],
  },
  {
    file: 'apis__rbac.authorization.k8s.io__v1_openapi.json',
    prefix: 'io.k8s.api.rbac.v1.',
    kinds: ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'],
  },
  {
    file: 'apis__apiextensions.k8s.io__v1_openapi.json',
    prefix: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.',
    kinds: ['CustomResourceDefinition'],
  },
  {
    file: 'apis__authentication.k8s.io__v1_openapi.json',
    prefix: 'io.k8s.api.authentication.v1.',
    kinds: ['TokenReview', 'SelfSubjectReview'],
  },
  {
    file: 'apis__authorization.k8s.io__v1_openapi.json',
    prefix: 'io.k8s.api.authorization.v1.',
    kinds: ['SubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'LocalSubjectAccessReview'],
  },
];

/** Types whose JSON is not what their OpenAPI says, or which hold anything. */
const ODD: Readonly<Record<string, Node>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time', nullable: true },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time', nullable: true },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-map-type': 'atomic',
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': { 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps': {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
};

const KEPT = new Set([
  'type',
  'format',
  'description',
  'default',
  'enum',
  'required',
  'nullable',
  'x-kubernetes-map-type',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-unions',
]);

const definitions: Record<string, Node> = {};
const directory = process.argv[2] ?? '';
for (const { file, prefix, kinds } of KINDS) {
  const document = JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
    components: { schemas: Record<string, Node> };
  };
  for (const kind of kinds) collect(document.components.schemas, prefix + kind);
}
const target = new URL('../apiserver/schema/gen/kubernetes-schemas.json', import.meta.url);
const lines = Object.entries(definitions)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
writeFileSync(target, `{\n${lines.join(',\n')}\n}\n`);

function collect(schemas: Readonly<Record<string, Node>>, name: string): void {
  if (definitions[name] !== undefined) return;
  const source = schemas[name];
  if (source === undefined) throw new Error(`no schema ${name}`);
  definitions[name] = {};
  definitions[name] = ODD[name] ?? convert(source, (reference) => collect(schemas, reference));
}

function convert(node: Node, refer: (name: string) => void): Node {
  const allOf = node['allOf'];
  const reference = node['$ref'] ?? (Array.isArray(allOf) ? (allOf[0] as Node)['$ref'] : undefined);
  if (typeof reference === 'string') {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    refer(name);
    const described = typeof node['description'] === 'string' ? { description: node['description'] } : {};
    return { $ref: name, ...described, ...listKeys(node) };
  }
  const kept = Object.fromEntries(Object.entries(node).filter(([key]) => KEPT.has(key)));
  if (JSON.stringify(kept['default']) === '{}') delete kept['default'];
  const properties = node['properties'] as Record<string, Node> | undefined;
  if (properties !== undefined)
    kept['properties'] = Object.fromEntries(Object.entries(properties).map(([key, p]) => [key, convert(p, refer)]));
  if (node['items'] !== undefined) kept['items'] = convert(node['items'] as Node, refer);
  if (typeof node['additionalProperties'] === 'object')
    kept['additionalProperties'] = convert(node['additionalProperties'] as Node, refer);
  return kept;
}

function listKeys(node: Node): Node {
  return Object.fromEntries(Object.entries(node).filter(([key]) => key.startsWith('x-kubernetes-patch')));
}

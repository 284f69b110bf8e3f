// Derives from Kubernetes' Go types (Apache-2.0) how clients encode built-in kinds in protobuf:
// `node scripts/generate-protobuf-messages.ts <folder with the modules k8s.io/api and k8s.io/apimachinery>`. A field is [number, JSON name or "" when
// its content is inlined, type, shape], shape being "" plain, "*" pointer, "[]" repeated, "{}" map, "!" never left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES: Readonly<Record<string, string>> = {
  core: 'api/core/v1/types.go',
  apps: 'api/apps/v1/types.go',
  discovery: 'api/discovery/v1/types.go',
  events: 'api/events/v1/types.go',
  coordination: 'api/coordination/v1/types.go',
  networking: 'api/networking/v1/types.go',
  rbac: 'api/rbac/v1/types.go',
  authentication: 'api/authentication/v1/types.go',
  authorization: 'api/authorization/v1/types.go',
  meta: 'apimachinery/pkg/apis/meta/v1/types.go',
};
const ROOTS = [
  ...['Namespace', 'Service', 'Endpoints', 'Secret', 'ConfigMap', 'ServiceAccount', 'Pod', 'Node', 'Event'].map(
    (kind) => `core.${kind}`,
  ),
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].map((kind) => `apps.${kind}`),
  'discovery.EndpointSlice',
  'events.Event',
  'coordination.Lease',
  'meta.DeleteOptions',
  'networking.Ingress',
  'networking.IngressClass',
  'networking.NetworkPolicy',
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map((kind) => `rbac.${kind}`),
  ...['TokenReview', 'SelfSubjectReview'].map((kind) => `authentication.${kind}`),
  ...['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview', 'LocalSubjectAccessReview'].map(
    (kind) => `authorization.${kind}`,
  ),
];
const SCALARS: Readonly<Record<string, string>> = {
  string: 's',
  int32: 'i',
  int64: 'i',
  uint32: 'i',
  bool: 'b',
  float64: 'd',
  '[]byte': 'y',
  'intstr.IntOrString': 'intOrString',
  'resource.Quantity': 'quantity',
  'meta.Time': 'time',
  'meta.MicroTime': 'microTime',
  'meta.FieldsV1': 'raw',
  'runtime.RawExtension': 'raw',
  'types.UID': 's',
  'types.NodeName': 's',
  'types.NamespacedName': 's',
};

type Field = readonly [number, string, string, string];
const structs = new Map<string, string>();
const aliases = new Map<string, string>();
const messages: Record<string, Field[]> = {};
const base = process.argv[2] ?? '';
for (const [name, file] of Object.entries(FILES)) read(name, readFileSync(join(base, file), 'utf8'));
for (const root of ROOTS) collect(root);
const lines = Object.entries(messages).map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields)}`);
writeFileSync(new URL('../apiserver/protobuf/gen/messages.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);

function read(prefix: string, text: string): void {
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
    structs.set(`${prefix}.${name}`, body ?? '');
  for (const [, name, target] of text.matchAll(/^type (\w+) ((?:map\[|\[\]|\w)[^\n{]*)$/gm))
    aliases.set(`${prefix}.${name}`, qualify(prefix, target ?? ''));
}

function collect(name: string): void {
  if (messages[name] !== undefined) return;
  const body = structs.get(name);
  if (body === undefined) throw new Error(`no type ${name}`);
  const fields: Field[] = [];
  messages[name] = fields;
  const prefix = name.slice(0, name.indexOf('.'));
  for (const line of body.split('\n')) {
    const match = /^\s*(?:(\w+)\s+)?([\w.*[\]]+)\s+`.*json:"([^"]*)".*protobuf:"([^"]*)"/.exec(line);
    if (match !== null) fields.push(fieldOf(prefix, match));
  }
}

function fieldOf(prefix: string, [, , type = '', json = '', proto = '']: RegExpExecArray): Field {
  const [jsonName = '', ...options] = json.split(',');
  const number = Number(proto.split(',')[1]);
  const { code, shape } = codeOf(qualify(prefix, type));
  const mustStay = shape === '' && !options.includes('omitempty') && jsonName !== '';
  return [number, jsonName, code, mustStay ? '!' : shape];
}

function codeOf(type: string): { readonly code: string; readonly shape: string } {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return { code: scalar, shape: '' };
  if (type.startsWith('*')) return { code: codeOf(type.slice(1)).code, shape: '*' };
  if (type.startsWith('[]')) return { code: codeOf(type.slice(2)).code, shape: '[]' };
  const map = /^map\[[^\]]+\](.*)$/.exec(type);
  if (map !== null) return { code: codeOf(map[1] ?? '').code, shape: '{}' };
  const alias = aliases.get(type);
  if (alias !== undefined && alias !== type) return codeOf(alias);
  collect(type);
  return { code: type, shape: '' };
}

/** A type with the short name of its package: `[]v1.Volume` in apps is `[]core.Volume`. */
function qualify(prefix: string, type: string): string {
  const [, marks = '', name = ''] = /^((?:\*|\[\]|map\[[^\]]+\])*)(.*)$/.exec(type.trim()) ?? [];
  if (/^(string|int32|int64|uint32|bool|float64|byte)$/.test(name)) return marks + name;
  if (!name.includes('.')) return `${marks}${prefix}.${name}`;
  return marks + name.replace(/^(metav1|corev1|v1)\./, (alias) => (alias === 'metav1.' ? 'meta.' : 'core.'));
}

// What the commands ask of an API server: the resource types by any of their names, and objects of any kind.
import { z } from 'zod';
import type { KubeClient } from '../kube/client.ts';
import { collectionPath } from '../kube/resource-path.ts';
import { CommandError } from './terminal.ts';

/** A resource type as discovery tells it. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly names: readonly string[];
}

const resourceListSchema = z.object({
  groupVersion: z.string(),
  resources: z.array(
    z.object({
      name: z.string(),
      singularName: z.string().default(''),
      namespaced: z.boolean(),
      kind: z.string(),
      shortNames: z.array(z.string()).default([]),
    }),
  ),
});
const groupListSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ groupVersion: z.string() })),
      preferredVersion: z.object({ groupVersion: z.string() }),
    }),
  ),
});

/** Every resource type of the server; the preferred version of a group first. */
export async function discover(client: KubeClient, signal: AbortSignal): Promise<ResourceType[]> {
  const { groups } = readAnswer(groupListSchema, await client.request('GET', '/apis', { signal }));
  const paths = [
    '/api/v1',
    ...groups.flatMap(({ versions, preferredVersion }) =>
      versions
        .map(({ groupVersion }) => groupVersion)
        .toSorted((a, b) => Number(b === preferredVersion.groupVersion) - Number(a === preferredVersion.groupVersion))
        .map((groupVersion) => `/apis/${groupVersion}`),
    ),
  ];
  const lists = await Promise.all(paths.map((path) => client.request('GET', path, { signal })));
  return lists.flatMap((list) => typesOf(readAnswer(resourceListSchema, list)));
}

/** An answer of the server by its schema. Throws CommandError when it is none that Kubernetes gives. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = [issue?.path.join('.') ?? '', issue?.message ?? ''].filter((part) => part !== '').join(': ');
  throw new CommandError(`the server answers, but not as the Kubernetes API does (${what})`);
}

/** The type that a user means by `gtw`, `gateway`, `Gateways` or `gateways.gateway.networking.k8s.io`. */
export function findType(types: readonly ResourceType[], name: string): ResourceType {
  const wanted = name.toLowerCase();
  const found = types.find(({ names }) => names.includes(wanted));
  if (found !== undefined) return found;
  throw new CommandError(`the server doesn't have a resource type "${name}"`);
}

/** The type of a manifest. */
export function typeOfManifest(
  types: readonly ResourceType[],
  { apiVersion, kind }: { apiVersion: string; kind: string },
): ResourceType {
  const found = types.find((type) => type.apiVersion === apiVersion && type.kind === kind);
  if (found !== undefined) return found;
  throw new CommandError(
    `no matches for kind "${kind}" in version "${apiVersion}": is its CustomResourceDefinition installed?`,
  );
}

/** The URL path of one object, or of all where no name is given. */
export function pathOf(
  type: ResourceType,
  { namespace, name }: { namespace?: string | undefined; name?: string | undefined },
): string {
  const collection = collectionPath(type, namespace);
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}

/** `gateway.gateway.networking.k8s.io/shop`, as kubectl names an object in its answers. */
export function displayName(type: ResourceType, name: string): string {
  const group = groupOf(type.apiVersion);
  return `${type.kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

function typesOf(list: z.infer<typeof resourceListSchema>): ResourceType[] {
  const group = groupOf(list.groupVersion);
  return list.resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, singularName, namespaced, kind, shortNames }) => {
      const names = [name, singularName, kind.toLowerCase(), ...shortNames].filter((each) => each !== '');
      const qualified = group === '' ? [] : names.map((each) => `${each}.${group}`);
      return { apiVersion: list.groupVersion, kind, plural: name, namespaced, names: [...names, ...qualified] };
    });
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

// `fairlead apply -f`: server-side apply of manifests, in an order in which none has to wait for another.
import { z } from 'zod';
import type { KubeClient } from '../../kube/client.ts';
import { discover, displayName, pathOf, type ResourceType, typeOfManifest } from '../api.ts';
import type { Manifest } from '../manifests.ts';
import { CommandError, type Terminal } from '../terminal.ts';

export interface ApplyOptions {
  readonly manifests: readonly Manifest[];
  /** For namespaced objects that name none. */
  readonly namespace: string;
}

const FIELD_MANAGER = 'fairlead-apply';
/** Kinds that others need, in this order; all else follows. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'GatewayClass',
  'IngressClass',
  'Secret',
  'ConfigMap',
  'Service',
];

const versionSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), generation: z.number().optional() }),
});

/**
 * Applies every manifest and prints a line for each (`… created`, `… configured`, `… unchanged`).
 * Goes on after a refused object and fails at the end with the number of refusals.
 */
export async function apply(
  client: KubeClient,
  options: ApplyOptions,
  io: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  const manifests = options.manifests.toSorted((a, b) => rank(a) - rank(b));
  if (manifests.length === 0) throw new CommandError('no objects passed to apply', { exitCode: 2 });
  let types = await discover(client, io.signal);
  let refused = 0;
  for (const manifest of manifests) {
    try {
      if (!types.some((type) => type.kind === manifest.kind)) types = await discover(client, io.signal);
      const type = typeOfManifest(types, manifest);
      io.terminal.out(
        `${displayName(type, nameOf(manifest))} ${await applyOne(client, { manifest, type, namespace: options.namespace }, io.signal)}\n`,
      );
    } catch (error) {
      if (io.signal.aborted || !Error.isError(error)) throw error;
      refused++;
      io.terminal.error(`error: ${manifest.kind} ${nameOf(manifest)}: ${error.message}`);
    }
  }
  if (refused > 0) throw new CommandError(`${refused} of ${manifests.length} objects were refused`);
}

async function applyOne(
  client: KubeClient,
  {
    manifest,
    type,
    namespace,
  }: { readonly manifest: Manifest; readonly type: ResourceType; readonly namespace: string },
  signal: AbortSignal,
): Promise<'created' | 'configured' | 'unchanged'> {
  const name = nameOf(manifest);
  const path = pathOf(type, { namespace: manifest.metadata.namespace ?? namespace, name });
  const before = await versionOf(client, path, signal);
  const answer = await client.request('PATCH', path, {
    query: { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: manifest,
    signal,
  });
  if (before === undefined) return 'created';
  return versionSchema.parse(answer).metadata.resourceVersion === before ? 'unchanged' : 'configured';
}

async function versionOf(client: KubeClient, path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return versionSchema.parse(await client.request('GET', path, { signal })).metadata.resourceVersion;
  } catch (error) {
    if (Error.isError(error) && 'status' in error && error.status === 404) return undefined;
    throw error;
  }
}

function nameOf(manifest: Manifest): string {
  const { name } = manifest.metadata;
  if (name === undefined)
    throw new CommandError(`${manifest.kind} without metadata.name: apply needs one`, { exitCode: 2 });
  return name;
}

function rank({ kind }: Manifest): number {
  const index = FIRST.indexOf(kind);
  return index < 0 ? FIRST.length : index;
}

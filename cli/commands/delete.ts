// `fairlead delete`: one object by kind and name, or all of some manifests.
import type { KubeClient } from '../../kube/client.ts';
import { discover, displayName, findType, pathOf, type ResourceType, typeOfManifest } from '../api.ts';
import { readManifests } from '../manifests.ts';
import { CommandError, type Terminal } from '../terminal.ts';

export interface DeleteOptions {
  readonly filenames: readonly string[];
  readonly type: string | undefined;
  readonly names: readonly string[];
  readonly namespace: string;
}

interface Victim {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
}

/** Deletes each object and prints a line for it; an object that is not there is an error, as kubectl has it. */
export async function deleteObjects(
  client: KubeClient,
  options: DeleteOptions,
  io: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  const types = await discover(client, io.signal);
  let refused = 0;
  const victims = victimsOf(types, options);
  for (const { type, namespace, name } of victims) {
    try {
      await client.request('DELETE', pathOf(type, { namespace, name }), {
        query: { propagationPolicy: 'Background' },
        signal: io.signal,
      });
      io.terminal.out(`${displayName(type, name)} deleted\n`);
    } catch (error) {
      if (io.signal.aborted || !Error.isError(error)) throw error;
      refused++;
      io.terminal.error(`error: ${error.message}`);
    }
  }
  if (refused > 0) throw new CommandError(`${refused} of ${victims.length} objects were not deleted`);
}

function victimsOf(types: readonly ResourceType[], options: DeleteOptions): Victim[] {
  const { filenames, type, names, namespace } = options;
  if (filenames.length > 0) {
    return filenames
      .flatMap(readManifests)
      .toReversed()
      .map((manifest) => ({
        type: typeOfManifest(types, manifest),
        namespace: manifest.metadata.namespace ?? namespace,
        name: named(manifest.metadata.name),
      }));
  }
  if (type === undefined || names.length === 0) {
    throw new CommandError('say what to delete: KIND NAME..., or -f FILE', { exitCode: 2 });
  }
  const found = findType(types, type);
  return names.map((name) => ({ type: found, namespace, name: named(name) }));
}

/** Without a name the path is that of all objects of the kind, and these would all go. */
function named(name: string | undefined): string {
  if (name === undefined || name === '') {
    throw new CommandError('an object without a name cannot be deleted', { exitCode: 2 });
  }
  return name;
}

// A world of objects read from manifests, through the same parsers as the objects of a cluster.
import { parseAllDocuments } from 'yaml';
import { KINDS, type KindName, type ObjectOf } from '../../api/kinds.ts';
import { keyOf } from '../../api/meta.ts';
import type { ObjectRefusal, ProxyKind, ProxyWorld } from '../../proxy/snapshot.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects of a YAML text. What does not parse becomes a refusal, as it does in a watch. */
export function worldOfManifests(text: string): ProxyWorld {
  const manifests = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest);
  const parsed = manifests.map((manifest) => ({ manifest, result: parserFor(manifest.kind)(manifest) }));
  return {
    list: <K extends ProxyKind>(kind: K) =>
      parsed.flatMap(({ manifest, result }) =>
        manifest.kind === kind && result.ok ? [result.value as ObjectOf<K>] : [],
      ),
    refusals: (kind) =>
      parsed.flatMap(({ manifest, result }): readonly ObjectRefusal[] =>
        manifest.kind === kind && !result.ok ? [{ kind, key: keyOf(manifest), errors: result.errors }] : [],
      ),
  };
}

function parserFor(kind: string): (typeof KINDS)[KindName]['parse'] {
  const row = Object.values(KINDS).find((candidate) => candidate.kind === kind);
  if (row === undefined) throw new Error(`a manifest of unknown kind ${kind}`);
  return row.parse;
}

// Which kinds are served right now: the built-in ones and those of the CustomResourceDefinitions.

import { apiVersionOf, type Kind } from './kind.ts';
import { compareVersions } from './version-priority.ts';

export class Catalog {
  readonly #builtIn: readonly Kind[];
  #custom: ReadonlyMap<string, readonly Kind[]> = new Map();
  #byPath = new Map<string, Kind>();
  #byStorage = new Map<string, Kind>();
  #generation = 0;

  constructor(builtIn: readonly Kind[]) {
    this.#builtIn = builtIn;
    this.#index();
  }

  /** Grows with every change, so that what is derived from the kinds can be kept until then. */
  get generation(): number {
    return this.#generation;
  }

  kinds(): readonly Kind[] {
    return [...this.#builtIn, ...[...this.#custom.values()].flat()];
  }

  /** The kind served at /apis/<group>/<version>/<plural>. */
  find(group: string, version: string, plural: string): Kind | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The kind by apiVersion and kind name. */
  findByKind(apiVersion: string, kind: string): Kind | undefined {
    return this.kinds().find((row) => apiVersionOf(row) === apiVersion && row.kind === kind);
  }

  /** One kind for each place where objects are kept, the preferred version of it. */
  storages(): readonly Kind[] {
    return [...this.#byStorage.values()];
  }

  /** The kind, in its preferred version, of the objects kept there. */
  ofStorage(storage: string): Kind | undefined {
    return this.#byStorage.get(storage);
  }

  /** Versions of a group, the preferred one first; undefined when the group is not served. */
  versionsOf(group: string): readonly string[] | undefined {
    const versions = new Set(
      this.kinds()
        .filter((kind) => kind.group === group)
        .map(({ version }) => version),
    );
    return versions.size === 0 ? undefined : [...versions].sort(compareVersions);
  }

  groups(): readonly string[] {
    return [...new Set(this.kinds().map(({ group }) => group))];
  }

  /** Replaces what one CustomResourceDefinition brings; an empty list takes it away. */
  setCustom(definition: string, kinds: readonly Kind[]): void {
    const next = new Map(this.#custom);
    if (kinds.length === 0) next.delete(definition);
    else next.set(definition, kinds);
    this.#custom = next;
    this.#index();
  }

  #index(): void {
    const kinds = this.kinds();
    this.#byPath = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
    // The first kind of a storage is its preferred one: it is written last.
    this.#byStorage = new Map(kinds.toReversed().map((kind) => [kind.storage, kind]));
    this.#generation++;
  }
}

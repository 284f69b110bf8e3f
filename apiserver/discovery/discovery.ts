// What is served: /api, /apis and the resource lists of each group and version.

import { REVIEW_ROWS } from '../auth/reviews.ts';
import { type Json, type JsonObject } from '../json.ts';
import type { Catalog } from '../registry/catalog.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** The document at a discovery path; undefined when the path is none or the group is unknown. */
export function discoveryDocument(path: string, catalog: Catalog): JsonObject | undefined {
  const parts = path.split('/').filter(Boolean);
  if (path === '/api' || path === '/api/') return coreVersions();
  if (path === '/apis' || path === '/apis/') return groupList(catalog);
  if (parts[0] === 'api' && parts.length === 2) return resourceList(catalog, '', parts[1] ?? '');
  if (parts[0] !== 'apis') return undefined;
  if (parts.length === 2) return groupDocument(catalog, parts[1] ?? '');
  return parts.length === 3 ? resourceList(catalog, parts[1] ?? '', parts[2] ?? '') : undefined;
}

function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

function groupList(catalog: Catalog): JsonObject {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames(catalog).map((group) => groupBody(catalog, group)),
  };
}

/** All groups but the core one. */
export function groupNames(catalog: Catalog): readonly string[] {
  const names = [...catalog.groups(), ...REVIEW_ROWS.map(({ group }) => group)];
  return [...new Set(names)].filter((group) => group !== '');
}

function groupDocument(catalog: Catalog, group: string): JsonObject | undefined {
  if (!groupNames(catalog).includes(group)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(catalog, group) };
}

function groupBody(catalog: Catalog, group: string): JsonObject {
  const versions = versionsOf(catalog, group).map((version) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] ?? {} };
}

export function versionsOf(catalog: Catalog, group: string): readonly string[] {
  return catalog.versionsOf(group) ?? ['v1'];
}

function resourceList(catalog: Catalog, group: string, version: string): JsonObject | undefined {
  const kinds = catalog.kinds().filter((kind) => kind.group === group && kind.version === version);
  const reviews = REVIEW_ROWS.filter((row) => row.group === group && version === 'v1');
  if (kinds.length + reviews.length === 0) return undefined;
  const resources: Json[] = [
    ...kinds.flatMap(resourcesOf),
    ...reviews.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ['create'],
    })),
  ];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf({ group, version }), resources };
}

function resourcesOf(kind: Kind): readonly JsonObject[] {
  const { plural, singular, namespaced, shortNames, categories } = kind;
  const main: JsonObject = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs: VERBS,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  if (!kind.hasStatus) return [main];
  return [main, { name: `${plural}/status`, singularName: '', namespaced, kind: kind.kind, verbs: STATUS_VERBS }];
}

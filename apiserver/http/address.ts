// What a request's path means: /apis/<group>/<version>/namespaces/<ns>/<plural>/<name>/<subresource>.

export interface ResourceAddress {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Empty when the path names none: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Reads a resource's path; undefined when it is none. Throws URIError on broken percent-encoding. */
export function parseResourcePath(path: string): ResourceAddress | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  if (parts.at(-1) === '') parts.pop();
  if (parts[0] === 'api' && parts[1] !== undefined && parts.length > 2) return locate('', parts[1], parts.slice(2));
  if (parts[0] === 'apis' && parts[1] !== undefined && parts[2] !== undefined && parts.length > 3)
    return locate(parts[1], parts[2], parts.slice(3));
  return undefined;
}

function locate(group: string, version: string, rest: readonly string[]): ResourceAddress | undefined {
  const [first = '', second = '', third, ...more] = rest;
  const inNamespace = first === 'namespaces' && third !== undefined && !(group === '' && isNamespacePart(third, more));
  const [plural = '', name = '', subresource = '', ...beyond] = inNamespace ? [third, ...more] : rest;
  if (beyond.length > 0 || plural === '') return undefined;
  return { group, version, plural, namespace: inNamespace ? second : '', name, subresource };
}

/** /api/v1/namespaces/<name>/status is the namespace's own. */
function isNamespacePart(part: string, more: readonly string[]): boolean {
  return more.length === 0 && (part === 'status' || part === 'finalize');
}

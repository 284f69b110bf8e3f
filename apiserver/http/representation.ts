// In which shape the client wants objects: whole, only their metadata, or a table for printing.
import { notAcceptable } from '../status-error.ts';

export interface Representation {
  readonly as: 'object' | 'table' | 'metadata';
  /** Version of meta.k8s.io for tables and metadata. */
  readonly metaVersion: string;
  readonly format: 'json' | 'yaml';
}

const WHOLE: Representation = { as: 'object', metaVersion: 'v1', format: 'json' };
const TRANSFORMS: Readonly<Record<string, Representation['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/** Picks the first media type of an Accept header that we can write. Throws 406 when there is none. */
export function parseAccept(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === '') return WHOLE;
  for (const clause of accept.split(',')) {
    const found = readClause(clause);
    if (found !== undefined) return found;
  }
  throw notAcceptable();
}

function readClause(clause: string): Representation | undefined {
  const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
  const format = formatOf(type.toLowerCase());
  if (format === undefined) return undefined;
  const values = new Map(parameters.map((parameter) => splitParameter(parameter)));
  const wanted = values.get('as');
  if (wanted === undefined) return { ...WHOLE, format };
  const as = TRANSFORMS[wanted];
  const version = values.get('v') ?? 'v1';
  if (as === undefined || values.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(version)) return undefined;
  return { as, metaVersion: version, format };
}

function formatOf(type: string): Representation['format'] | undefined {
  if (type === 'application/yaml') return 'yaml';
  return ['application/json', 'application/*', '*/*'].includes(type) ? 'json' : undefined;
}

function splitParameter(parameter: string): [string, string] {
  const at = parameter.indexOf('=');
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
}

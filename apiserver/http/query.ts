// The query of a request, read once.
import { badRequest } from '../status-error.ts';

export interface RequestQuery {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds: number | undefined;
  readonly limit: number;
  readonly continueToken: string;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly force: boolean;
  readonly pretty: boolean;
  readonly propagationPolicy: string | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly includeObject: string | undefined;
}

/** Throws 400 for values that make no sense. */
export function parseQuery(search: URLSearchParams): RequestQuery {
  return {
    labelSelector: search.get('labelSelector') ?? '',
    fieldSelector: search.get('fieldSelector') ?? '',
    watch: flag(search, 'watch'),
    allowWatchBookmarks: flag(search, 'allowWatchBookmarks'),
    sendInitialEvents: flag(search, 'sendInitialEvents'),
    resourceVersion: search.get('resourceVersion') ?? '',
    resourceVersionMatch: search.get('resourceVersionMatch') ?? '',
    timeoutSeconds: wholeNumber(search, 'timeoutSeconds'),
    limit: wholeNumber(search, 'limit') ?? 0,
    continueToken: search.get('continue') ?? '',
    dryRun: dryRunOf(search),
    fieldManager: fieldManagerOf(search),
    fieldValidation: fieldValidationOf(search),
    force: flag(search, 'force'),
    pretty: flag(search, 'pretty'),
    propagationPolicy: search.get('propagationPolicy') ?? undefined,
    gracePeriodSeconds: wholeNumber(search, 'gracePeriodSeconds'),
    includeObject: search.get('includeObject') ?? undefined,
  };
}

function flag(search: URLSearchParams, name: string): boolean {
  const value = search.get(name);
  return value !== null && value !== 'false' && value !== '0';
}

function wholeNumber(search: URLSearchParams, name: string): number | undefined {
  const value = search.get(name);
  if (value === null || value === '') return undefined;
  if (!/^\d{1,9}$/.test(value)) throw badRequest(`${name} must be a whole number, not ${JSON.stringify(value)}`);
  return Number(value);
}

function dryRunOf(search: URLSearchParams): boolean {
  const values = search.getAll('dryRun').filter(Boolean);
  const unknown = values.find((value) => value !== 'All');
  if (unknown !== undefined) throw badRequest(`dryRun: Unsupported value: "${unknown}": supported values: "All"`);
  return values.length > 0;
}

function fieldManagerOf(search: URLSearchParams): string {
  const manager = search.get('fieldManager') ?? '';
  if (manager.length > 128) throw badRequest('fieldManager: Too long: may not be more than 128 bytes');
  return manager;
}

function fieldValidationOf(search: URLSearchParams): RequestQuery['fieldValidation'] {
  const value = search.get('fieldValidation') ?? '';
  if (value === '') return 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw badRequest(`fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`);
}

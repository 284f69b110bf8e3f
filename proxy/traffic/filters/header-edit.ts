import type { Filter, HeaderEdit } from '../../plan/routing-table.ts';
import { fieldOf, type HeaderList, withoutFields } from '../http/header-list.ts';

/** Framing and routing of the message are the proxy's own: edits of these fields have no effect. */
const NOT_EDITABLE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const UNSPEAKABLE = /[^\t\x20-\x7e\x80-\uffff]/;
const BEYOND_ASCII = /[\x80-\uffff]/;
type NameValue = HeaderEdit['set'][number];

/**
 * Set, then add, then remove (Gateway API, HTTPHeaderFilter). Adding to a field that is there joins with a comma;
 * Set-Cookie is the one field that cannot be joined and gets a line of its own (RFC 9110 §5.3).
 */
export function editHeaders(headers: HeaderList, edit: HeaderEdit): HeaderList {
  const set = edit.set.filter(isPossible).map(asBytes);
  const removed = new Set(edit.remove.filter(isEditable).map((name) => name.toLowerCase()));
  const replaced = new Set(set.map(({ name }) => name.toLowerCase()));
  let list = withoutFields(headers, (name) => replaced.has(name));
  for (const { name, value } of set) list.push(name, value);
  for (const { name, value } of edit.add.filter(isPossible).map(asBytes)) list = added(list, name, value);
  return removed.size === 0 ? list : withoutFields(list, (name) => removed.has(name));
}

/** The request or response headers after all edits of this kind, in order. */
export function editedBy(
  kind: 'requestHeaders' | 'responseHeaders',
  filters: readonly Filter[],
  headers: HeaderList,
): HeaderList {
  let edited = headers;
  for (const filter of filters) if (filter.kind === kind) edited = editHeaders(edited, filter.edit);
  return edited;
}

/** A value with a line break or another control character cannot be written: such an edit has no effect. */
function isPossible({ name, value }: NameValue): boolean {
  return isEditable(name) && !UNSPEAKABLE.test(value);
}

/** Text beyond ASCII goes out as UTF-8, a character for each byte, as header lists hold all fields. */
function asBytes({ name, value }: NameValue): NameValue {
  return BEYOND_ASCII.test(value) ? { name, value: Buffer.from(value).toString('latin1') } : { name, value };
}

function isEditable(name: string): boolean {
  return !NOT_EDITABLE.has(name.toLowerCase());
}

function added(list: string[], name: string, value: string): string[] {
  const lower = name.toLowerCase();
  const present = lower === 'set-cookie' ? undefined : fieldOf(list, lower);
  if (present === undefined) return [...list, name, value];
  return [...withoutFields(list, (other) => other === lower), name, `${present},${value}`];
}

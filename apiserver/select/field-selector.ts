// Field selectors: `metadata.name=web,status.phase!=Failed`. Which fields a kind offers stands in its row.

import { type JsonObject, valueAt } from '../json.ts';
import { badRequest } from '../status-error.ts';

export type FieldPredicate = (object: JsonObject) => boolean;

/** A field with the value it must (or must not) have. */
interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

export interface FieldSelector {
  readonly matches: FieldPredicate;
  /** The name when the selector asks for exactly one: then an empty answer is cheap. */
  readonly name: string | undefined;
}

/** Reads a selector over those fields; throws a 400 for any other field. */
export function parseFieldSelector(text: string, fields: readonly string[]): FieldSelector {
  const terms = text.split(',').filter(Boolean).map(parseTerm);
  for (const { field } of terms) if (!fields.includes(field)) throw badRequest(`field label not supported: ${field}`);
  return {
    matches: (object) => terms.every((term) => (fieldOf(object, term.field) === term.value) === term.equal),
    name: terms.find(({ field, equal }) => field === 'metadata.name' && equal)?.value,
  };
}

function parseTerm(part: string): Term {
  const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(part.trim());
  if (match?.[1] === undefined) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  return { field: match[1].trim(), equal: match[2] !== '!=', value: (match[3] ?? '').trim() };
}

function fieldOf(object: JsonObject, field: string): string {
  const value = valueAt(object, ...field.split('.'));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

// The one way from unknown input to our own types: a value, or every reason why not.
import type { z } from 'zod';

/** What is wrong with one field. `path` is as users write it: `spec.rules[0].matches`. */
export interface FieldError {
  readonly path: string;
  readonly reason: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** A parser made of a zod schema. It never throws; unknown fields are left out of the value. */
export function parserOf<S extends z.ZodType>(schema: S): (input: unknown) => Parsed<z.infer<S>> {
  return (input) => {
    const result = schema.safeParse(input);
    if (result.success) return { ok: true, value: result.data };
    return { ok: false, errors: result.error.issues.map(fieldErrorOf) };
  };
}

/** All errors in one line, for a condition, an event or stderr. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  return errors.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`)).join('; ');
}

function fieldErrorOf(issue: z.core.$ZodIssue): FieldError {
  return { path: formatPath(issue.path), reason: issue.message };
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

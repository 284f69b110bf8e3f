// The part of JSONPath that printer columns use: `.a.b`, `['a.b']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`.
import { equals, isArray, isObject, type Json, textOf } from '../json.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: string; readonly value: Json | undefined };

const STEP =
  /^\.?(?:\[\?\(@\.?([^=)\s]+)(?:\s*==\s*("[^"]*"|'[^']*'|[^)]*?))?\s*\)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*|-?\d+)\]|((?:\\.|[^.[\\])+))/;

/** The values found, in order; the single one as it is, none as undefined. An unreadable path finds nothing. */
export function readJsonPath(value: Json, path: string): Json | undefined {
  const steps = parse(path.replace(/^\{|\}$/g, ''));
  if (steps === undefined) return undefined;
  const found = steps.reduce<readonly Json[]>(
    (values, step) => values.flatMap((inner) => follow(inner, step)),
    [value],
  );
  if (found.length === 0) return undefined;
  if (found.length === 1) return found[0];
  return found.every((entry) => !isArray(entry) && !isObject(entry)) ? found.map(textOf).join(',') : found;
}

function parse(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = path.replace(/^\$/, '');
  while (rest !== '' && rest !== '.') {
    const match = STEP.exec(rest);
    if (match === null || match[0] === '') return undefined;
    steps.push(stepOf(match));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function stepOf([, filter, filterValue, single, double, index, plain]: RegExpExecArray): Step {
  if (filter !== undefined) return { kind: 'filter', path: `.${filter}`, value: literal(filterValue) };
  if (index === '*') return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  const name = single ?? double ?? plain ?? '';
  return name === '*' ? { kind: 'all' } : { kind: 'field', name: name.replaceAll(/\\(.)/g, '$1') };
}

function literal(text: string | undefined): Json | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(value: Json, step: Step): readonly Json[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? present(value[step.name]) : [];
    case 'index':
      return isArray(value) ? present(value.at(step.index)) : [];
    case 'all':
      if (isArray(value)) return value;
      return isObject(value) ? Object.values(value) : [];
    case 'filter':
      return isArray(value) ? value.filter((item) => passes(item, step.path, step.value)) : [];
    default:
      return step satisfies never;
  }
}

function passes(item: Json, path: string, wanted: Json | undefined): boolean {
  const found = readJsonPath(item, path);
  return wanted === undefined ? found !== undefined : equals(found, wanted);
}

function present(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : [value];
}

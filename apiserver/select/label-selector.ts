// Label selectors as they stand in a query: `app=web,tier in (a, b),!old`.

import type { JsonObject } from '../json.ts';
import { badRequest } from '../status-error.ts';

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'greater' | 'less';
  readonly values: readonly string[];
}

export type LabelPredicate = (labels: JsonObject) => boolean;

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s=!<>]+)\s*(==|=|!=|<|>)\s*([^\s=!<>]*)$/;

/** Reads a selector; throws a 400 when it makes no sense. The empty text selects everything. */
export function parseLabelSelector(text: string): LabelPredicate {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((requirement) => holds(requirement, labels));
}

function splitOutsideParentheses(text: string): readonly string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseRequirement(part: string): Requirement {
  const requirement = readRequirement(part);
  if (requirement === undefined || !KEY.test(requirement.key))
    throw badRequest(`unable to parse requirement: ${JSON.stringify(part)} is no label selector`);
  return requirement;
}

function readRequirement(part: string): Requirement | undefined {
  const [, setKey, membership, list] = SET.exec(part) ?? [];
  if (setKey !== undefined)
    return {
      key: setKey,
      operator: membership === 'in' ? 'in' : 'notin',
      values: (list ?? '').split(',').map((v) => v.trim()),
    };
  const [, key, operator, value = ''] = EQUAL.exec(part) ?? [];
  if (key !== undefined) return { key, operator: operatorOf(operator), values: [value] };
  if (part.startsWith('!')) return { key: part.slice(1).trim(), operator: 'absent', values: [] };
  return { key: part, operator: 'exists', values: [] };
}

function operatorOf(text: string | undefined): Requirement['operator'] {
  if (text === '!=') return 'notin';
  if (text === '<') return 'less';
  return text === '>' ? 'greater' : 'in';
}

function holds({ key, operator, values }: Requirement, labels: JsonObject): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return typeof value === 'string' && values.includes(value);
    case 'notin':
      return typeof value !== 'string' || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'greater':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'less':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return operator satisfies never;
  }
}

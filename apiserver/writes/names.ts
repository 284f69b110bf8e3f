// Which names objects, labels and annotations may have.

import type { Json, JsonObject } from '../json.ts';
import { annotationsOf, finalizersOf, labelsOf, nameOf } from '../object.ts';
import type { Kind } from '../registry/kind.ts';
import { invalidValue, required } from '../registry/strategies/fields.ts';
import type { Cause } from '../status-error.ts';

const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_ANNOTATION_BYTES = 256 * 1024;

interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly meaning: string;
}

const SUBDOMAIN_RULE: NameRule = {
  pattern: SUBDOMAIN,
  maxLength: 253,
  meaning:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};
const LABEL_RULE: NameRule = {
  pattern: LABEL_1123,
  maxLength: 63,
  meaning:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};
const SERVICE_RULE: NameRule = {
  pattern: LABEL_1035,
  maxLength: 63,
  meaning:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};
const PATH_RULE: NameRule = { pattern: PATH_SEGMENT, maxLength: 253, meaning: "may not contain '/' or '%'" };

/** What is wrong with name, labels, annotations and finalizers. */
export function validateMetadata(object: JsonObject, kind: Kind): readonly Cause[] {
  return [
    ...validateName(nameOf(object), kind),
    ...validateLabels(labelsOf(object)),
    ...validateAnnotations(object),
    ...finalizersOf(object)
      .filter((finalizer) => !isQualifiedName(finalizer))
      .map((finalizer) => invalidValue('metadata.finalizers', finalizer, 'must be a qualified name')),
  ];
}

function validateName(name: string, kind: Kind): readonly Cause[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  const rule = ruleFor(kind);
  if (name.length > rule.maxLength)
    return [invalidValue('metadata.name', name, `must be no more than ${rule.maxLength} characters`)];
  return rule.pattern.test(name) ? [] : [invalidValue('metadata.name', name, rule.meaning)];
}

function ruleFor(kind: Kind): NameRule {
  if (kind.group === 'rbac.authorization.k8s.io') return PATH_RULE;
  if (kind.group === '' && kind.kind === 'Service') return SERVICE_RULE;
  return kind.group === '' && kind.kind === 'Namespace' ? LABEL_RULE : SUBDOMAIN_RULE;
}

function validateLabels(labels: JsonObject): readonly Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    if (!isQualifiedName(key))
      return [
        invalidValue('metadata.labels', key, "name part must consist of alphanumeric characters, '-', '_' or '.'"),
      ];
    if (typeof value === 'string' && value.length <= 63 && LABEL_VALUE.test(value)) return [];
    return [
      invalidValue(
        'metadata.labels',
        value,
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      ),
    ];
  });
}

function validateAnnotations(object: JsonObject): readonly Cause[] {
  const annotations = annotationsOf(object);
  const wrong = Object.keys(annotations).filter((key) => !isQualifiedName(key.toLowerCase()));
  const causes = wrong.map((key) => invalidValue('metadata.annotations', key, 'must be a qualified name'));
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + byteLength(value), 0);
  if (bytes <= MAX_ANNOTATION_BYTES) return causes;
  const message = `Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`;
  return [...causes, { reason: 'FieldValueTooLong', field: 'metadata.annotations', message }];
}

function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  if (prefix !== undefined && (prefix.length > 253 || !SUBDOMAIN.test(prefix))) return false;
  return name.length <= 63 && QUALIFIED_NAME.test(name);
}

function byteLength(value: Json | undefined): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}

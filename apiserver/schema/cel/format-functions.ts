// Kubernetes' `format` library: named formats with `validate(text)`, which gives an optional list of what is wrong.
import { type Environment, Optional } from '@marcbachmann/cel-js';
import { matchesFormat } from '../formats.ts';

/** A named format within CEL. */
export class CelFormat {
  readonly name: string;
  readonly matches: (text: string) => boolean;

  constructor(name: string, matches: (text: string) => boolean) {
    this.name = name;
    this.matches = matches;
  }
}

/** What stands before the dot of `format.dns1123Label()`. */
class FormatLibrary {
  readonly name = 'format';
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

const isLabel = whole(LABEL, 63);
const isSubdomain = whole(`${LABEL}(\\.${LABEL})*`, 253);
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: isLabel,
  dns1123LabelPrefix: (text) => isLabel(text.replace(/-$/, '')),
  dns1123Subdomain: isSubdomain,
  dns1123SubdomainPrefix: (text) => isSubdomain(text.replace(/-$/, '')),
  dns1035Label: whole(LABEL_1035, 63),
  dns1035LabelPrefix: (text) => whole(LABEL_1035, 63)(text.replace(/-$/, '')),
  qualifiedName: isQualifiedName,
  labelValue: (text) => text === '' || (text.length <= 63 && QUALIFIED.test(text)),
  uri: (text) => matchesFormat(text, 'uri'),
  uuid: (text) => matchesFormat(text, 'uuid'),
  byte: (text) => matchesFormat(text, 'byte'),
  date: (text) => matchesFormat(text, 'date'),
  datetime: (text) => matchesFormat(text, 'date-time'),
};

export function registerFormatFunctions(environment: Environment): void {
  environment
    .registerType('kubernetes.NamedFormat', { ctor: CelFormat, fields: {} })
    .registerType('kubernetes.FormatLibrary', { ctor: FormatLibrary, fields: {} })
    .registerConstant('format', 'kubernetes.FormatLibrary', new FormatLibrary())
    .registerFunction('kubernetes.NamedFormat.validate(string): optional', validate);
  for (const [name, matches] of Object.entries(FORMATS))
    environment.registerFunction(
      `kubernetes.FormatLibrary.${name}(): kubernetes.NamedFormat`,
      () => new CelFormat(name, matches),
    );
}

function validate(format: CelFormat, text: string): Optional {
  return format.matches(text) ? Optional.none() : Optional.of([`must be a valid ${format.name}`]);
}

function whole(pattern: string, maxLength: number): (text: string) => boolean {
  const regex = new RegExp(`^${pattern}$`);
  return (text) => text.length <= maxLength && regex.test(text);
}

function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  const name = parts.pop() ?? '';
  return parts.length <= 1 && parts.every(isSubdomain) && QUALIFIED.test(name);
}

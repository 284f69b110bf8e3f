// Header fields as the wire has them: a flat list of name and value in turn, so that order and repetition survive.

export type HeaderList = readonly string[];

/** All values of a field joined by a comma (RFC 9110 §5.3), undefined when it is absent. `name` in lower case. */
export function fieldOf(headers: HeaderList, name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (!isNamed(headers[i], name)) continue;
    found = found === undefined ? headers[i + 1] : `${found},${headers[i + 1]}`;
  }
  return found;
}

/** How many fields carry this name. `name` in lower case. */
export function countOf(headers: HeaderList, name: string): number {
  let count = 0;
  for (let i = 0; i < headers.length; i += 2) if (isNamed(headers[i], name)) count += 1;
  return count;
}

/** The list without the fields for which `drop` is true. Names are handed over in lower case. */
export function withoutFields(headers: HeaderList, drop: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!drop(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

function isNamed(candidate: string | undefined, name: string): boolean {
  return candidate !== undefined && candidate.length === name.length && candidate.toLowerCase() === name;
}

// "Version priority" of Kubernetes: GA before beta before alpha, then the larger number; anything else last, by name.
const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGE: Readonly<Record<string, number>> = { alpha: 2, beta: 1 };

export function compareVersions(a: string, b: string): number {
  const [x, y] = [rankOf(a), rankOf(b)];
  return x.stage - y.stage || y.major - x.major || y.minor - x.minor || (a < b ? -1 : Number(a > b));
}

function rankOf(version: string): { readonly stage: number; readonly major: number; readonly minor: number } {
  const match = VERSION.exec(version);
  if (match === null) return { stage: 3, major: 0, minor: 0 };
  return { stage: STAGE[match[2] ?? ''] ?? 0, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}

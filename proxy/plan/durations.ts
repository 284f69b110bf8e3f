// Durations as GEP-2257 defines them: up to four pairs of number and unit, such as `1h30m` or `500ms`.

const DURATION = /^(\d{1,5}(h|m|s|ms)){1,4}$/;
const PART = /(\d+)(ms|h|m|s)/g;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** In ms; undefined where the text is no duration. `0s` is 0, which means: no limit. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  return text.matchAll(PART).reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

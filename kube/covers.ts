/**
 * Does `observed` have everything that `desired` asks for? Maps may have more fields than asked for, lists must have
 * the same length, each item covering its counterpart; null and undefined ask for absence.
 */
export function covers(observed: unknown, desired: unknown): boolean {
  if (desired === undefined || desired === null) return observed === undefined || observed === null;
  if (Array.isArray(desired)) {
    return (
      Array.isArray(observed) &&
      observed.length === desired.length &&
      desired.every((item, index) => covers(observed[index], item))
    );
  }
  if (typeof desired !== 'object') return observed === desired;
  if (typeof observed !== 'object' || observed === null) return false;
  const fields = new Map<string, unknown>(Object.entries(observed));
  return Object.entries(desired).every(([field, value]) => value === undefined || covers(fields.get(field), value));
}

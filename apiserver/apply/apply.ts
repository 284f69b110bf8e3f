import type { Json, JsonObject } from '../json.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { StatusError } from '../status-error.ts';
import type { WriteOptions } from '../writes/options.ts';
import type { Target, Writer } from '../writes/writer.ts';

export interface Apply {
  readonly configuration: Json;
  readonly options: WriteOptions;
  readonly force: boolean;
}
export function applyConfiguration(
  writer: Writer,
  target: Target,
  apply: Apply,
): { object: JsonObject; created: boolean } {
  try {
    writer.read(target);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
    return { object: writer.create(target, apply.configuration, apply.options), created: true };
  }
  const object = writer.update(target, (current) => mergePatch(current, apply.configuration), apply.options);
  return { object, created: false };
}

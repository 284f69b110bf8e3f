// The patch types of the API, by media type.
import { parseJson, parseYaml } from '../http/body.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Kind } from '../registry/kind.ts';
import { StatusError, unsupportedMediaType } from '../status-error.ts';
import { jsonPatch } from './json-patch.ts';
import { PointerError } from './json-pointer.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** From the current object to the patched one. Throws 400, 415 or 422 when the patch is no good. */
export function readPatch(text: string, mediaType: string, kind: Kind): (current: JsonObject) => Json {
  switch (mediaType) {
    case JSON_PATCH: {
      const patch = parseJson(text);
      return (current) => applicable(() => jsonPatch(current, patch));
    }
    case MERGE_PATCH: {
      const patch = parseJson(text);
      return (current) => mergePatch(current, patch);
    }
    case STRATEGIC_PATCH: {
      if (kind.isCustom) throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, APPLY_PATCH]);
      const patch = parseJson(text);
      return (current) => strategicMerge(current, patch, kind.schema);
    }
    default:
      throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, APPLY_PATCH, ...(kind.isCustom ? [] : [STRATEGIC_PATCH])]);
  }
}

/** Reads the configuration of a server-side apply. */
export function readApply(text: string): Json {
  return parseYaml(text);
}

function applicable(patch: () => Json): Json {
  try {
    return patch();
  } catch (error) {
    if (!(error instanceof PointerError)) throw error;
    throw new StatusError(422, 'Invalid', {
      message: `the server rejected our request due to an error in our request: ${error.message}`,
      details: {},
    });
  }
}

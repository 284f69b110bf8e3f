// The little that we read of any object's JSON before (or without) its own parser.
import { z } from 'zod';

const rawObjectSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
  }),
});

export type RawObject = z.infer<typeof rawObjectSchema>;

const rawListSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});

export type RawList = z.infer<typeof rawListSchema>;

/** An object as the API server keeps it, every field included; undefined when it is none. */
export function readRawObject(input: unknown): RawObject | undefined {
  return rawObjectSchema.safeParse(input).data;
}

/** One page of a list; undefined when it is none. */
export function readRawList(input: unknown): RawList | undefined {
  return rawListSchema.safeParse(input).data;
}

/** `metadata.resourceVersion` of anything that has one (a bookmark has nothing else). */
export function readResourceVersion(input: unknown): string | undefined {
  return z.object({ metadata: z.object({ resourceVersion: z.string() }) }).safeParse(input).data?.metadata
    .resourceVersion;
}

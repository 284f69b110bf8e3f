// Request bodies: bounded, JSON or YAML, never trusted.
import type { IncomingMessage } from 'node:http';
import { parseDocument } from 'yaml';
import type { Json } from '../json.ts';
import { decodeObject, loadMessageTable, PROTOBUF } from '../protobuf/decode.ts';
import { WireError } from '../protobuf/wire.ts';
import { badRequest, tooLarge, unsupportedMediaType } from '../status-error.ts';

/** The limit of Kubernetes for one request. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
const MAX_DEPTH = 500;

/** Reads the whole body; throws 413 above the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  let size = 0;
  if (declared > MAX_BODY_BYTES) throw tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);
  for await (const chunk of request) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += buffer.length;
    if (size > MAX_BODY_BYTES) throw tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

/** The media type of the body without parameters; JSON when nothing is said. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Reads an object. Throws 400 for a broken body, 415 for other formats. */
export async function parseBody(body: Buffer, mediaType: string): Promise<Json> {
  if (mediaType === 'application/json') return parseJson(body.toString('utf8'));
  if (mediaType === 'application/yaml') return parseYaml(body.toString('utf8'));
  if (mediaType === PROTOBUF) return parseProtobuf(body);
  throw unsupportedMediaType(['application/json', 'application/yaml', PROTOBUF]);
}

export function parseJson(text: string): Json {
  return bounded(decoding('JSON', () => JSON.parse(text)));
}

export function parseYaml(text: string): Json {
  const value = decoding('YAML', () => {
    const document = parseDocument(text, { version: '1.1' });
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    // YAML 1.1 knows dates; JSON spells them as text, as Kubernetes does.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null));
  });
  return bounded(value);
}

function decoding(format: string, decode: () => Json): Json {
  try {
    return decode();
  } catch (error) {
    throw badRequest(`error decoding the body as ${format}: ${Error.isError(error) ? error.message : String(error)}`);
  }
}

/** Nobody writes objects that deep; whoever does wants to see a stack overflow. */
function bounded(value: Json): Json {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw badRequest(`the body is nested more than ${MAX_DEPTH} levels deep`);
    level = level.flatMap((inner) => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []));
  }
  return value;
}

async function parseProtobuf(body: Buffer): Promise<Json> {
  try {
    return decodeObject(body, await loadMessageTable());
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw badRequest(`error decoding the body as protobuf: ${error.message}`);
  }
}

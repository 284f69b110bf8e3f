// /openapi/v2 and /openapi/v3: made when first asked for, kept until the kinds change.
import { createHash } from 'node:crypto';
import type { Answer, Call } from '../http/call.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { KubernetesSchemas } from '../schema/kubernetes-schemas.ts';
import { pathNotFound } from '../status-error.ts';
import { openApiV2Document } from './v2.ts';
import { encodeV2, V2_PROTOBUF, V2_PROTOBUF_ANSWER } from './v2-protobuf.ts';
import { openApiV3Document, openApiV3Index, openApiV3Paths } from './v3.ts';

interface Made {
  readonly generation: number;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

export class OpenApi {
  readonly #catalog: Catalog;
  readonly #schemas: KubernetesSchemas;
  readonly #made = new Map<string, Made>();

  constructor(catalog: Catalog, schemas: KubernetesSchemas) {
    this.#catalog = catalog;
    this.#schemas = schemas;
  }

  /** The answer at an OpenAPI path; undefined for every other path. Throws 404 for unknown groups. */
  answer({ path, accept }: Pick<Call, 'path' | 'accept'>): Answer | undefined {
    if (path === '/openapi/v2') return this.#serve(accept.includes(V2_PROTOBUF) ? 'v2 protobuf' : 'v2 json');
    if (path === '/openapi/v3' || path === '/openapi/v3/') return this.#serve('v3');
    if (path.startsWith('/openapi/v3/')) return this.#serve(path.slice('/openapi/'.length));
    return undefined;
  }

  #serve(document: string): Answer {
    const known = this.#made.get(document);
    const fresh = known?.generation === this.#catalog.generation ? known : this.#make(document);
    this.#made.set(document, fresh);
    return { kind: 'bytes', bytes: fresh.bytes, contentType: fresh.contentType, etag: fresh.etag };
  }

  #make(document: string): Made {
    const isProtobuf = document === 'v2 protobuf';
    const bytes = isProtobuf
      ? encodeV2(openApiV2Document(this.#catalog, this.#schemas))
      : Buffer.from(JSON.stringify(this.#json(document)));
    const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    const contentType = isProtobuf ? V2_PROTOBUF_ANSWER : 'application/json';
    return { generation: this.#catalog.generation, bytes, contentType, etag };
  }

  #json(document: string): ReturnType<typeof openApiV3Index> {
    if (document === 'v2 json') return openApiV2Document(this.#catalog, this.#schemas);
    if (document === 'v3') return openApiV3Index(this.#catalog);
    const kinds = openApiV3Paths(this.#catalog).get(document.slice('v3/'.length));
    if (kinds === undefined) throw pathNotFound();
    return openApiV3Document(kinds, this.#schemas);
  }
}

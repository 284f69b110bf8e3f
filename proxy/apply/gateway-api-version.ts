// Which Gateway API the cluster has installed: an annotation on its CustomResourceDefinitions, asked for now and then.
import { z } from 'zod';
import { ApiError } from '../../kube/api-error.ts';
import type { KubeApi } from '../../kube/client.ts';
import { backoff } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/sleep.ts';

const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.gateway.networking.k8s.io';
const ANNOTATION = 'gateway.networking.k8s.io/bundle-version';
/** The definition is long, and only its metadata is asked for. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** A new version is seen after this time, in ms. */
const ASK_AGAIN_MS = 300_000;
const RETRY = { maxMs: 2000 } as const;

const definitionSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
});

export interface GatewayApiVersionOptions {
  readonly client: Pick<KubeApi, 'request'>;
  readonly log: Logger;
  /** Called when the answer has changed, and when there is one for the first time. */
  readonly onChange: () => void;
}

export class GatewayApiVersion {
  readonly #options: GatewayApiVersionOptions;
  #isAnswered = false;
  #value: string | undefined;

  constructor(options: GatewayApiVersionOptions) {
    this.#options = options;
  }

  /** Whether this is what the API server has answered. Before that, a status that says so would be taken back at once. */
  isTold(value: string | undefined): boolean {
    return this.#isAnswered && value === this.#value;
  }

  /** Such as `v1.7.0`; undefined where the definition does not say it or may not be read. */
  get value(): string | undefined {
    return this.#value;
  }

  /** Asks until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const isAnswered = await this.#ask(signal);
      failures = isAnswered ? 0 : failures + 1;
      await pause(isAnswered ? ASK_AGAIN_MS : backoff(failures, RETRY), signal);
    }
  }

  /** True when the server answered, if only with a refusal. What was known before a failure stays. */
  async #ask(signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await this.#options.client.request('GET', DEFINITION, { accept: METADATA_ONLY, signal });
      this.#note(definitionSchema.parse(answer).metadata.annotations[ANNOTATION]);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) return false;
      this.#options.log.debug({ reason: error.message }, 'the version of the Gateway API cannot be read');
      this.#note(this.#value);
      return true;
    }
  }

  #note(value: string | undefined): void {
    const isNews = !this.#isAnswered || value !== this.#value;
    this.#isAnswered = true;
    this.#value = value;
    if (isNews) this.#options.onChange();
  }
}

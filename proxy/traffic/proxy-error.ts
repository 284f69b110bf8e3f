// Why a request failed, as data: status code, log level, retry and counter all follow from it.

export const PROXY_ERROR_CODES = {
  UpstreamRefused: { status: 502, flag: 'UF' },
  UpstreamConnectTimeout: { status: 504, flag: 'UF' },
  UpstreamReset: { status: 502, flag: 'UC' },
  UpstreamProtocol: { status: 502, flag: 'UPE' },
  UpstreamTimeout: { status: 504, flag: 'UT' },
  RequestTimeout: { status: 504, flag: 'UT' },
  NoEndpoint: { status: 503, flag: 'UH' },
  ClientGone: { status: 499, flag: 'DC' },
  ClientBody: { status: 400, flag: 'DPE' },
} as const satisfies Record<string, { readonly status: number; readonly flag: string }>;

export type ProxyErrorCode = keyof typeof PROXY_ERROR_CODES;

export interface ProxyErrorOptions {
  readonly source: 'client' | 'upstream' | 'proxy';
  /** May another endpoint be asked, as far as this error is concerned? Never sent, or not known to have been taken up. */
  readonly retryable?: 'never' | 'neverSent' | 'maybeSent';
  readonly cause?: unknown;
}

export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: ProxyErrorCode;
  readonly source: ProxyErrorOptions['source'];
  readonly retryable: NonNullable<ProxyErrorOptions['retryable']>;

  constructor(code: ProxyErrorCode, { source, retryable = 'never', cause }: ProxyErrorOptions) {
    super(code, { cause });
    this.code = code;
    this.source = source;
    this.retryable = retryable;
  }

  /** The status that the client gets, if it can still get one. */
  get status(): number {
    return PROXY_ERROR_CODES[this.code].status;
  }

  /** As Envoy's %RESPONSE_FLAGS% names it. */
  get flag(): string {
    return PROXY_ERROR_CODES[this.code].flag;
  }
}

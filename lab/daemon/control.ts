// The control socket of a lab: JSON over HTTP on a Unix socket, for the verbs that need the daemon.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen } from '../../runtime/listen.ts';
import type { UnitStatus } from '../plan/unit-state.ts';
import { type LabRecord, pathsOf } from '../state.ts';
import type { Lab } from './lab.ts';

export interface LabStatus {
  readonly record: LabRecord;
  readonly units: readonly UnitStatus[];
}

/** Serves GET /status, POST /nodes/NODE/units/UNIT/start and …/stop until the signal aborts. */
export async function serveControl(lab: Lab, signal: AbortSignal): Promise<void> {
  const server = createServer((incoming, response) => {
    answer(lab, incoming, signal).then(
      (body) => reply(response, 200, body),
      (error: unknown) => reply(response, 500, { error: Error.isError(error) ? error.message : String(error) }),
    );
  });
  await listen(server, { path: pathsOf(lab.record.name).control }, signal);
}

/** Asks the daemon of a lab. Rejects when there is none (`code` ENOENT or ECONNREFUSED) or when it refuses. */
export async function askDaemon(lab: string, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath: pathsOf(lab).control, method, path }, resolve)
      .once('error', reject)
      .end();
  });
  const body = await json(response);
  if (response.statusCode !== 200) throw new Error((body as { readonly error: string }).error);
  return body;
}

/** What a lab's daemon says of its units. */
export async function labStatus(lab: string): Promise<LabStatus> {
  return (await askDaemon(lab, 'GET', '/status')) as LabStatus;
}

async function answer(lab: Lab, { method, url }: IncomingMessage, signal: AbortSignal): Promise<unknown> {
  if (method === 'GET' && url === '/status')
    return { record: lab.record, units: await lab.units() } satisfies LabStatus;
  const [, name = '', unit = '', verb] = /^\/nodes\/([^/]+)\/units\/([^/]+)\/(start|stop)$/.exec(url ?? '') ?? [];
  const node = lab.node(name);
  if (method !== 'POST' || verb === undefined) throw new Error(`no such request: ${method} ${url}`);
  if (node === undefined) throw new Error(`no node ${name} with units in this lab`);
  await (verb === 'start' ? node.startUnit(unit, signal) : node.stopUnit(unit, signal));
  return {};
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

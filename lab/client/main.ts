// The client of the lab: sends requests at a steady pace from its namespace and prints one JSON line for each.
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ClientOptions, RequestReport } from './request.ts';

const TIMEOUT_MS = 10_000;

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

function agents(options: ClientOptions, keepAlive: boolean): Agents {
  const ca = readFileSync(options.caFile, 'utf8');
  const lookup: LookupFunction = (_, { all }, done) => {
    const family = isIP(options.address);
    if (all === true) done(null, [{ address: options.address, family }]);
    else done(null, options.address, family);
  };
  return { http: new HttpAgent({ keepAlive, lookup }), https: new HttpsAgent({ keepAlive, lookup, ca }) };
}

async function ask(url: string, { http, https }: Agents): Promise<RequestReport> {
  const start = performance.now();
  let reused = false;
  const report = (outcome: Pick<RequestReport, 'status' | 'body' | 'error'>): RequestReport => {
    return { url, at: Date.now(), ms: Math.round(performance.now() - start), reused, ...outcome };
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
      const sent = url.startsWith('https:')
        ? httpsRequest(url, { ...options, agent: https })
        : httpRequest(url, { ...options, agent: http });
      sent.once('socket', () => {
        reused = sent.reusedSocket;
      });
      sent.once('response', resolve).once('error', reject).end();
    });
    return report({ status: response.statusCode ?? 0, body: await text(response), error: '' });
  } catch (error) {
    return report({ status: 0, body: '', error: Error.isError(error) ? error.message : String(error) });
  }
}

async function main(options: ClientOptions): Promise<void> {
  const kept = agents(options, true);
  const fresh = agents(options, false);
  const running: Promise<void>[] = [];
  const send = (index: number): void => {
    const isFresh = options.connections === 'new' || (options.connections === 'mixed' && index % 2 === 1);
    const url = options.urls[index % options.urls.length] ?? '';
    running.push(
      ask(url, isFresh ? fresh : kept).then((report) => void process.stdout.write(`${JSON.stringify(report)}\n`)),
    );
  };
  const stop = Promise.withResolvers<void>();
  // The end of standard input is the order to stop: it also comes when whoever asked has died.
  process.stdin.on('end', stop.resolve).resume();
  let index = 0;
  const timer = setInterval(() => {
    if (options.count === undefined || index < options.count) send(index++);
    else stop.resolve();
  }, 1000 / options.perSecond);
  await stop.promise;
  clearInterval(timer);
  await Promise.all(running);
}

if (import.meta.main) {
  await main(JSON.parse(process.argv[2] ?? '{}') as ClientOptions);
  process.exit();
}

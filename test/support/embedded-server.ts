// The real embedded API server, in memory, on a unix socket of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '../../apiserver/start.ts';
import { apiServerSettings } from '../../config/apiserver.ts';
import { anonymousAccess } from '../../kube/access.ts';
import { KubeClient } from '../../kube/client.ts';
import { quietLog } from './quiet-log.ts';

export interface EmbeddedServer extends AsyncDisposable {
  readonly client: KubeClient;
}

export async function startEmbeddedServer(): Promise<EmbeddedServer> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'fl-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'api.sock');
  const settings = apiServerSettings.parse({ data: ':memory:', listen: 'none', socket });
  undo.use(await startApiServer({ settings, log: quietLog() }, new AbortController().signal));
  const client = undo.use(new KubeClient(anonymousAccess(`unix://${socket}`)));
  const running = undo.move();
  return { client, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

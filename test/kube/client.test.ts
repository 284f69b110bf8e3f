import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { anonymousAccess } from '../../kube/access.ts';
import { ApiConnectionError } from '../../kube/api-error.ts';
import { KubeClient } from '../../kube/client.ts';
import { readKubeconfig } from '../../kube/kubeconfig.ts';
import { splitLines } from '../../kube/line-splitter.ts';
import { systemClock } from '../../runtime/clock.ts';

const never = new AbortController().signal;

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'fl-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function serve(
  listener: RequestListener,
  where: string | number = 0,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener);
  server.listen(where);
  await once(server, 'listening');
  const address = server.address();
  const url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : `unix://${address}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function kubeconfig(server: string, user: string): string {
  return `
apiVersion: v1
kind: Config
current-context: main
contexts: [{name: main, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "${server}", certificate-authority-data: ${btoa('the ca')}}}]
users: [{name: u, user: ${user}}]
`;
}

describe('a client', () => {
  test('speaks over a unix socket', async () => {
    await using dir = await folder();
    await using server = await serve(
      (request, response) => response.end(JSON.stringify({ path: request.url })),
      join(dir.path, 's'),
    );
    await using client = new KubeClient(anonymousAccess(server.url));
    expect(await client.request('GET', '/api', { query: { limit: 5, continue: undefined }, signal: never })).toEqual({
      path: '/api?limit=5',
    });
  });

  test('turns an error answer into its Status', async () => {
    const status = { kind: 'Status', code: 409, reason: 'Conflict', message: 'was modified' };
    await using server = await serve((_, response) => response.writeHead(409).end(JSON.stringify(status)));
    await using client = new KubeClient(anonymousAccess(server.url));
    await expect(client.request('PUT', '/x', { body: {}, signal: never })).rejects.toMatchObject({
      name: 'ApiError',
      status: 409,
      reason: 'Conflict',
      message: 'was modified',
    });
  });

  test('says which server it could not reach, and why', async () => {
    await using client = new KubeClient(anonymousAccess('http://127.0.0.1:1'));
    await expect(client.request('GET', '/x', { signal: never })).rejects.toMatchObject({
      name: 'ApiConnectionError',
      code: 'ECONNREFUSED',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  test('says why also when a name has several addresses, and none answers', () => {
    // what node:net fails with then; a test cannot count on a name of two addresses
    const causes = ['connect ECONNREFUSED ::1:1', 'connect ECONNREFUSED 127.0.0.1:1'].map((text) => new Error(text));
    const cause = Object.assign(new AggregateError(causes), { code: 'ECONNREFUSED' });
    expect(new ApiConnectionError('http://localhost:1', cause).message).toBe(
      'http://localhost:1: connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)',
    );
  });

  test('gives up on a server that never answers, and on an answer without end', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/long') response.end(`"${'x'.repeat(2000)}"`);
    });
    await using client = new KubeClient(anonymousAccess(server.url), { answerTimeoutMs: 100, maxBodyBytes: 1000 });
    await expect(client.request('GET', '/mute', { signal: never })).rejects.toMatchObject({
      code: 'UND_ERR_HEADERS_TIMEOUT',
    });
    await expect(client.request('GET', '/long', { signal: never })).rejects.toMatchObject({ code: 'API_PROTOCOL' });
  });

  test('an aborted request rejects with the reason of the abort', async () => {
    await using server = await serve(() => {});
    await using client = new KubeClient(anonymousAccess(server.url));
    const reason = new Error('enough');
    await expect(client.request('GET', '/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('reads its token file again when the server refuses the old one', async () => {
    await using dir = await folder();
    const seen: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end('{}');
    });
    await writeFile(join(dir.path, 'token'), 'old\n');
    await writeFile(join(dir.path, 'config'), kubeconfig(server.url, '{tokenFile: token}'));
    await using client = await KubeClient.fromConfig({ kubeconfig: join(dir.path, 'config') });
    await expect(client.request('GET', '/', { signal: never })).rejects.toMatchObject({ status: 401 });
    await writeFile(join(dir.path, 'token'), 'new\n');
    await client.request('GET', '/', { signal: never });
    expect(seen).toEqual(['Bearer old', 'Bearer old', 'Bearer old', 'Bearer new']);
  });
});

describe('a kubeconfig', () => {
  async function read(text: string) {
    await using dir = await folder();
    await writeFile(join(dir.path, 'config'), text);
    return await readKubeconfig(join(dir.path, 'config'), systemClock);
  }

  test('with a token, a password or nothing is read without a plugin', async () => {
    const headers = await Promise.all(
      ['{token: abc}', '{username: a, password: b}', '{}'].map(async (user) => {
        const reading = await read(kubeconfig('https://api:6443', user));
        if (reading.kind !== 'access') throw new Error('needs a plugin');
        expect(reading.access.server).toBe('https://api:6443');
        expect(await reading.access.tls()).toMatchObject({ ca: 'the ca', verify: true });
        return await reading.access.authorization();
      }),
    );
    expect(headers).toEqual(['Bearer abc', `Basic ${btoa('a:b')}`, undefined]);
  });

  test('with an exec plugin goes through the Kubernetes client, which runs it', async () => {
    await using dir = await folder();
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    });
    await using server = await serve((request, response) =>
      response.end(JSON.stringify({ authorization: request.headers.authorization })),
    );
    const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: echo, args: ['${credential}'], interactiveMode: Never}}`;
    // client-node wants this for http
    const text = kubeconfig(server.url, user).replace('{server:', '{insecure-skip-tls-verify: true, server:');
    await writeFile(join(dir.path, 'config'), text);
    await using client = await KubeClient.fromConfig({ kubeconfig: join(dir.path, 'config') });
    expect(await client.request('GET', '/', { signal: never })).toEqual({ authorization: 'Bearer from-plugin' });
  });

  test.each([
    { name: 'no YAML', text: 'a: [', reason: /config: / },
    {
      name: 'no context of that name',
      text: kubeconfig('x', '{}').replace('{name: main', '{name: other'),
      reason: /'main'/,
    },
    { name: 'no such user', text: kubeconfig('x', '{}').replace('user: u}', 'user: who}'), reason: /'who'/ },
    {
      name: 'a CA file that is missing',
      text: kubeconfig('https://api', '{client-key: nope.pem}'),
      reason: /nope.pem/,
    },
  ])('$name: says so', async ({ text, reason }) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'KUBECONFIG', message: expect.stringMatching(reason) });
  });

  test('none at all, outside of a cluster, says what to give', async () => {
    await expect(KubeClient.fromConfig({ kubeconfig: undefined, env: {} })).rejects.toThrow('--kubeconfig');
  });
});

describe('lines of a watch', () => {
  async function lines(chunks: readonly string[]): Promise<readonly string[]> {
    const out: string[] = [];
    const stream = (async function* () {
      yield* chunks.map((chunk) => Buffer.from(chunk));
    })();
    for await (const line of splitLines(stream, 10)) out.push(line.toString());
    return out;
  }

  test('are cut wherever the chunks are, and an unfinished one is dropped', async () => {
    expect(await lines(['ab', 'c\nd', '\n\nef\ng', 'h'])).toEqual(['abc', 'd', '', 'ef']);
  });

  test('may not be longer than the bound, finished or not', async () => {
    await expect(lines(['12345678901\n'])).rejects.toThrow('longer than 10');
    await expect(lines(['123456', '78901'])).rejects.toThrow('longer than 10');
    expect(await lines(['1234567890\n'])).toEqual(['1234567890']);
  });
});

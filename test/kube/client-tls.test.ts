// The client over real TLS: whom it believes, who it says it is, and files that are renewed while it runs.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type OwnCertificates, ownCertificates } from '../../apiserver/auth/own-certificates.ts';
import { KubeClient } from '../../kube/client.ts';

const never = new AbortController().signal;

let folder: string;
let own: OwnCertificates;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fl-tls-'));
  own = ownCertificates(join(folder, 'own'), ['api.example.test'], Date.now());
  ownCertificates(join(folder, 'foreign'), [], Date.now());
  for (const name of ['old', 'new']) makeClientCertificate(name);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `<name>.crt` and `<name>.key`, signed by our CA. */
function makeClientCertificate(name: string): void {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
  const signer = ['-CA', join(folder, 'own/ca.crt'), '-CAkey', join(folder, 'own/ca.key')];
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 2'.split(' ');
  execFileSync('openssl', ['req', ...request, '-subj', `/CN=${name}`, ...files, ...signer], { stdio: 'pipe' });
}

/** Answers with what it saw of the client; 401 to whom it does not admit. */
let server: { readonly port: number; admitted: (name: string | undefined) => boolean; close(): void };
beforeEach(async () => {
  const https = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { socket } = request;
    const client = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
    const name = 'servername' in socket ? socket.servername : undefined;
    const seen = { client, servername: name, path: request.url };
    response.writeHead(server.admitted(String(client)) ? 200 : 401).end(JSON.stringify(seen));
  });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const address = https.address();
  const close = (): void => {
    https.close();
    https.closeAllConnections();
  };
  server = { port: typeof address === 'object' ? (address?.port ?? 0) : 0, admitted: () => true, close };
});
afterEach(() => server.close());

/** A client by a kubeconfig with these fields of cluster and user. */
async function clientWith(cluster: Record<string, unknown>, user: Record<string, unknown> = {}): Promise<KubeClient> {
  const config = {
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${server.port}`, ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(join(folder, 'config'), JSON.stringify(config));
  return KubeClient.fromConfig({ kubeconfig: join(folder, 'config') });
}

const ask = (client: KubeClient): Promise<unknown> => client.request('GET', '/version', { signal: never });
const OUR_CA = { 'certificate-authority': 'own/ca.crt' };
const PAIR = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };

async function installPair(name: string): Promise<void> {
  await copyFile(join(folder, `${name}.crt`), join(folder, 'client.crt'));
  await copyFile(join(folder, `${name}.key`), join(folder, 'client.key'));
}

describe('over HTTPS a client', () => {
  test('believes the CA of its kubeconfig, as a file and inline, and shows its certificate', async () => {
    await installPair('old');
    await using byFile = await clientWith(OUR_CA, PAIR);
    expect(await ask(byFile)).toMatchObject({ client: 'old', path: '/version' });
    await using inline = await clientWith({ 'certificate-authority-data': btoa(own.ca) });
    expect(await ask(inline)).not.toHaveProperty('client');
  });

  test('asks for the name that tls-server-name gives, and the certificate must be good for it', async () => {
    await using right = await clientWith({ ...OUR_CA, 'tls-server-name': 'api.example.test' });
    expect(await ask(right)).toMatchObject({ servername: 'api.example.test' });
    await using wrong = await clientWith({ ...OUR_CA, 'tls-server-name': 'other.example.test' });
    await expect(ask(wrong)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+: .*other\.example\.test.*$/),
    });
  });

  test.each([
    { name: 'another CA', cluster: { 'certificate-authority': 'foreign/ca.crt' } },
    { name: 'no CA of its own', cluster: {} },
  ])('with $name says in one line that it does not believe the server', async ({ cluster }) => {
    await using client = await clientWith(cluster);
    await expect(ask(client)).rejects.toMatchObject({
      name: 'ApiConnectionError',
      code: expect.stringMatching(/CERT|VERIFY/),
      message: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+: .*certificate.*$/),
    });
  });

  test('believes anybody only when it is told to', async () => {
    await using client = await clientWith({ 'insecure-skip-tls-verify': true });
    expect(await ask(client)).toMatchObject({ path: '/version' });
  });

  test('shows its renewed certificate when the old one is not good any more', async () => {
    await installPair('old');
    await using client = await clientWith(OUR_CA, PAIR);
    expect(await ask(client)).toMatchObject({ client: 'old' });
    server.admitted = (name) => name === 'new';
    await expect(ask(client)).rejects.toMatchObject({ status: 401 });
    await installPair('new');
    expect(await ask(client)).toMatchObject({ client: 'new' });
  });

  test('keeps what it has while a renewal is half done', async () => {
    await installPair('old');
    await using client = await clientWith(OUR_CA, PAIR);
    rmSync(join(folder, 'client.key'));
    server.admitted = () => false;
    await expect(ask(client)).rejects.toMatchObject({ status: 401 });
    server.admitted = () => true;
    expect(await ask(client)).toMatchObject({ client: 'old' });
  });

  test('keeps to the path of a server that is not at the root of its host', async () => {
    const url = `https://127.0.0.1:${server.port}/k8s/clusters/one/`;
    await using client = await clientWith({ ...OUR_CA, server: url });
    expect(await ask(client)).toMatchObject({ path: '/k8s/clusters/one/version' });
  });
});

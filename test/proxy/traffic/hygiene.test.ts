// Bytes that two HTTP programs in a row have been seen to read differently: none may reach a pod as a second request.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sendRaw } from '../../support/proxy/http-client.ts';
import { rawPod } from '../../support/proxy/pods.ts';
import { plainPort, ruleFor } from '../../support/proxy/table.ts';
import { WorkerHarness } from '../../support/proxy/worker-harness.ts';

const undo = new AsyncDisposableStack();
const proxy = undo.use(new WorkerHarness({ maxHeaders: 64, maxTargetBytes: 2048 }));
/** What came to the pod, bytes as they are. */
let seen = '';

beforeAll(async () => {
  const pod = await rawPod((socket) => {
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  undo.defer(() => void pod.close());
  await proxy.endpoints('web', pod);
  await proxy.serve(plainPort([ruleFor('/')]));
});
afterAll(() => undo.disposeAsync());

/** The status of the first answer to these bytes, followed by a request that asks to close. */
async function statusOf(head: string, body = ''): Promise<number> {
  seen = '';
  const text = `${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;
  const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const answer = await sendRaw({ host: proxy.address, port: 8080 }, text + last);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

describe('refused, and nothing reaches the pod', () => {
  test.each([
    [
      'content length and chunked',
      'POST / HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked',
      '0\r\n\r\n',
      400,
    ],
    [
      'chunked and content length',
      'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 4',
      '0\r\n\r\n',
      400,
    ],
    ['two content lengths', 'POST / HTTP/1.1\nHost: a\nContent-Length: 4\nContent-Length: 5', 'abcde', 400],
    ['the same content length twice', 'POST / HTTP/1.1\nHost: a\nContent-Length: 4\nContent-Length: 4', 'abcd', 400],
    ['a list of content lengths', 'POST / HTTP/1.1\nHost: a\nContent-Length: 4, 4', 'abcd', 400],
    ['a signed content length', 'POST / HTTP/1.1\nHost: a\nContent-Length: +4', 'abcd', 400],
    ['a hexadecimal content length', 'POST / HTTP/1.1\nHost: a\nContent-Length: 0x4', 'abcd', 400],
    ['a negative content length', 'POST / HTTP/1.1\nHost: a\nContent-Length: -1', '', 400],
    ['an empty content length', 'POST / HTTP/1.1\nHost: a\nContent-Length:', '', 400],
    ['a huge content length', 'POST / HTTP/1.1\nHost: a\nContent-Length: 99999999999999999999', '', 400],
    ['coding xchunked', 'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: xchunked', '', 501],
    ['coding gzip, chunked', 'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked', '0\r\n\r\n', 501],
    ['coding chunked, identity', 'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, identity', '0\r\n\r\n', 400],
    [
      'coding chunked twice',
      'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked',
      '0\r\n\r\n',
      400,
    ],
    ['chunked in HTTP/1.0', 'POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked', '0\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\nHost: a\nTransfer-Encoding : chunked', '', 400],
    ['a vertical tab in a coding', 'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: \x0bchunked', '', 400],
    ['a folded header', 'GET / HTTP/1.1\nHost: a\nX-A: b\n c', '', 400],
    ['a NUL in a value', 'GET / HTTP/1.1\nHost: a\nX-A: b\0c', '', 400],
    ['a control character in a value', 'GET / HTTP/1.1\nHost: a\nX-A: b\x01c', '', 400],
    ['a name with brackets', 'GET / HTTP/1.1\nHost: a\nX(A): b', '', 400],
    ['an empty name', 'GET / HTTP/1.1\nHost: a\n: b', '', 400],
    ['a line without a colon', 'GET / HTTP/1.1\nHost: a\nnothing', '', 400],
    ['no Host', 'GET / HTTP/1.1\nX-A: b', '', 400],
    ['two Hosts in HTTP/1.0', 'GET / HTTP/1.0\nHost: a\nHost: b', '', 400],
    ['two Hosts', 'GET / HTTP/1.1\nHost: a\nHost: b', '', 400],
    ['an empty Host', 'GET / HTTP/1.1\nHost:', '', 400],
    ['a Host with a space', 'GET / HTTP/1.1\nHost: a b', '', 400],
    ['a Host with user and path', 'GET / HTTP/1.1\nHost: u@a/p', '', 400],
    ['a target for another scheme', 'GET https://a/ HTTP/1.1\nHost: a', '', 400],
    ['a target that is no path', 'GET a HTTP/1.1\nHost: a', '', 400],
    ['a fragment', 'GET /a#b HTTP/1.1\nHost: a', '', 400],
    ['a broken escape', 'GET /a%zz HTTP/1.1\nHost: a', '', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\nHost: a', '', 400],
    ['HTTP/1.2', 'GET / HTTP/1.2\nHost: a', '', 400],
    ['HTTP/2.0 in text', 'GET / HTTP/2.0\nHost: a', '', 505],
    ['TRACE', 'TRACE / HTTP/1.1\nHost: a', '', 405],
    ['an unknown method', 'get / HTTP/1.1\nHost: a', '', 400],
    ['too many headers', `GET / HTTP/1.1\nHost: a\n${'X-A: b\n'.repeat(64)}X-B: c`, '', 431],
    ['headers that are too long', `GET / HTTP/1.1\nHost: a\nX-A: ${'b'.repeat(40_000)}`, '', 431],
    ['a target that is too long', `GET /${'a'.repeat(3000)} HTTP/1.1\nHost: a`, '', 414],
  ])('%s', async (...[, head, body, expected]) => {
    expect(await statusOf(head, body)).toBe(expected);
    expect(seen).not.toMatch(/GET \/last|X-A|POST/i);
  });

  test('CONNECT ends the connection', async () => {
    await sendRaw({ host: proxy.address, port: 8080 }, 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n');
    expect(seen).not.toContain('CONNECT');
  });

  test('a lone line feed ends no line', async () => {
    const answer = await sendRaw({ host: proxy.address, port: 8080 }, 'GET / HTTP/1.1\nHost: a\n\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
  });

  test.each(['0x5\r\nabcde\r\n0\r\n\r\n', '+5\r\nabcde\r\n0\r\n\r\n', '5 \r\nabcdeX0\r\n\r\n', '5\nabcde\n0\n\n'])(
    'the chunk %j breaks the request off: the pod never sees its end',
    async (body) => {
      seen = '';
      await sendRaw(
        { host: proxy.address, port: 8080 },
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
      );
      expect(seen).not.toMatch(/\r\n0\r\n\r\n$/);
    },
  );
});

describe('forwarded in one clear form', () => {
  test('a target with authority: the authority is the Host', async () => {
    expect(await statusOf('GET http://real.test/x?y HTTP/1.1\nHost: other.test')).toBe(200);
    expect(seen).toMatch(/^GET \/x\?y HTTP\/1\.1\r\n/);
    expect(seen).toMatch(/\r\nhost: real\.test\r\n/i);
  });

  test('HTTP/1.0 becomes 1.1', async () => {
    seen = '';
    const answer = await sendRaw({ host: proxy.address, port: 8080 }, 'GET /old HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(seen).toMatch(/^GET \/old HTTP\/1\.1\r\n/);
  });

  test('HTTP/1.0 without Host is for the address that it came to', async () => {
    seen = '';
    const answer = await sendRaw({ host: proxy.address, port: 8080 }, 'GET /old HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(seen).toContain(`\r\nhost: ${proxy.address}:8080\r\n`);
  });

  test('fields of the connection, underscores, and h2c are gone', async () => {
    const head =
      'GET / HTTP/1.1\nHost: a\nConnection: x-secret, upgrade, http2-settings\nX-Secret: 1\nX_Y: 2\nTE: deflate';
    expect(await statusOf(`${head}\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\nKeep-Alive: 300`)).toBe(200);
    expect(seen.split('GET /last')[0]).not.toMatch(/secret|x_y|h2c|http2|deflate|300/i);
  });

  test('an expectation that nobody knows is 417', async () => {
    expect(await statusOf('POST / HTTP/1.1\nHost: a\nExpect: magic\nContent-Length: 1', 'x')).toBe(417);
    expect(seen).not.toContain('POST');
  });

  test('OPTIONS * is answered here', async () => {
    expect(await statusOf('OPTIONS * HTTP/1.1\nHost: a')).toBe(200);
    expect(seen).not.toContain('OPTIONS');
  });

  test('requests sent in one go are answered in order', async () => {
    const answer = await sendRaw(
      { host: proxy.address, port: 8080 },
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });
});

import { expect, test } from '@jest/globals';
import { parseTokenFile } from '../../apiserver/auth/authenticate.ts';
import { run } from '../../apiserver/main.ts';
import { apiServerSettings } from '../../config/apiserver.ts';
import { parseSettings } from '../../runtime/settings.ts';

const parse = (...argv: readonly string[]): ReturnType<typeof parseSettings<unknown>> =>
  parseSettings({ program: 'apiserver', summary: '', schema: apiServerSettings, argv, env: {} });

test('without flags it listens on loopback only and keeps its data in a file', () => {
  expect(parse()).toMatchObject({
    kind: 'settings',
    settings: { listen: { host: '127.0.0.1', port: 6443 }, data: '/var/lib/fairlead/apiserver.db', crdDir: [] },
  });
});

test('--crd-dir may be given again and again', () => {
  expect(parse('--crd-dir', 'a', '--crd-dir', 'b')).toMatchObject({ settings: { crdDir: ['a', 'b'] } });
});

test.each([
  [['--listen', 'nonsense'], 'listen'],
  [['--tls-cert', 'x.pem'], '--tls-key is required'],
  [['--listen', 'none'], '--socket'],
  [['--log-level', 'loud'], 'log-level'],
  [['--prot', '1'], '--prot'],
])('%j is refused in one line', (argv, word) => {
  const result = parse(...argv);
  expect(result).toMatchObject({ kind: 'refused', because: { message: expect.stringContaining(word) } });
  if (result.kind === 'refused') expect(result.because.message).not.toContain('\n');
});

test('wrong settings end the program with 2, files that cannot be read with 1', async () => {
  expect(await run(['--listen', 'nonsense'])).toBe(2);
  const missing = ['--data', ':memory:', '--log-level', 'silent', '--token-file', '/nowhere/tokens'];
  expect(await run(missing)).toBe(1);
});

test.each([
  ['', 'holds no token'],
  ['# only words\n', 'holds no token'],
  ['good\nbad line with spaces\n', 'line 2'],
])('the token file %j is refused without telling a token', (text, why) => {
  expect(() => parseTokenFile(text)).toThrow(why);
  expect(() => parseTokenFile(text)).not.toThrow('bad line');
});

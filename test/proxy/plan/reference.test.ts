// The references of docs/ name what the plans really say, and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROXY_REASONS } from '../../../api/reasons.ts';
import { SUPPORTED_FEATURES } from '../../../proxy/plan/supported-features.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const gatewayApi = readFileSync(join(DOCS, 'reference/gateway-api.md'), 'utf8');
const ingress = readFileSync(join(DOCS, 'reference/ingress.md'), 'utf8');

describe('the references', () => {
  test.each(PROXY_REASONS)('know reason %s', (reason) => {
    expect(`${gatewayApi}${ingress}`).toContain(`\`${reason}\``);
  });

  test('list exactly the supported features', () => {
    const listed = [...gatewayApi.matchAll(/^- `(\w+)`$/gm)].map(([, name]) => name);
    expect(listed).toEqual([...SUPPORTED_FEATURES]);
  });

  test('name reasons of an Ingress that exist', () => {
    const [, table = ''] = ingress.split('## Reasons');
    const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(3);
    expect(PROXY_REASONS).toEqual(expect.arrayContaining(named));
  });
});

test('the files that the life of a request names exist', () => {
  const text = readFileSync(join(DOCS, 'life-of-a-request.md'), 'utf8');
  const files = [...text.matchAll(/`((?:proxy|plan|apply|traffic)\/[\w/.-]+\.ts)`/g)].map(([, path = '']) =>
    path.startsWith('proxy/') ? path : `proxy/${path}`,
  );
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) expect(readFileSync(join(DOCS, '..', file), 'utf8')).not.toBe('');
});

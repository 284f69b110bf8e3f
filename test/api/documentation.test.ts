// The reference says every name that the product says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ADDRESS_ANNOTATIONS } from '../../api/annotations.ts';
import { customResourceDefinitions } from '../../api/crd/definitions.ts';
import { IPAM_EVENTS, IPAM_REASONS, IPAM_REQUEST_SATISFIED, POOL_CONFLICT, POOL_COUNTS } from '../../api/reasons.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs/reference', name), 'utf8');

describe('docs/reference/ipam.md', () => {
  const text = read('ipam.md');
  test.each([
    ...IPAM_REASONS,
    ...IPAM_EVENTS,
    ...ADDRESS_ANNOTATIONS.map(({ name }) => name),
    ...Object.values(POOL_COUNTS),
    IPAM_REQUEST_SATISFIED,
    POOL_CONFLICT,
  ])('explains %s', (name) => {
    expect(text).toContain(`\`${name}\``);
  });
});

describe('docs/reference/kinds.md', () => {
  const sections = new Map(
    read('kinds.md')
      .split('\n## ')
      .map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );
  test.each(
    customResourceDefinitions().flatMap(({ spec }) => {
      const { properties = {} } = spec.versions[0]?.schema.openAPIV3Schema ?? {};
      const fields = Object.keys(properties['spec']?.properties ?? {});
      const statuses = Object.keys(properties['status']?.properties ?? {}).filter((name) => name !== 'conditions');
      return [...fields, ...statuses.map((name) => `status.${name}`)].map((field) => [spec.names.kind, field] as const);
    }),
  )('explains %s %s', (kind, field) => {
    expect(sections.get(kind)).toMatch(new RegExp(`^\\| .*\`${field}\``, 'm'));
  });
});

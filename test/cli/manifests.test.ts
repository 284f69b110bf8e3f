import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseManifests, readManifests } from '../../cli/manifests.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fl-manifests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NAMESPACE = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

describe('manifests', () => {
  test('of a folder come in the order of the file names, other files are left alone', () => {
    writeFileSync(join(folder, '20-b.yml'), NAMESPACE('b'));
    writeFileSync(join(folder, '10-a.yaml'), `${NAMESPACE('a')}---\n---\n${NAMESPACE('a2')}`);
    writeFileSync(join(folder, 'notes.md'), 'not: [yaml');
    expect(readManifests(folder).map(({ metadata }) => metadata.name)).toEqual(['a', 'a2', 'b']);
  });

  test('of a List are opened', () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }],
    };
    expect(parseManifests(JSON.stringify(list), 'list.json').map(({ metadata }) => metadata.name)).toEqual(['x']);
  });

  test('are read as YAML 1.1, as Kubernetes does', () => {
    const [manifest] = parseManifests(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nimmutable: yes\n',
      'c.yaml',
    );
    expect(manifest).toMatchObject({ immutable: true });
  });

  test.each([
    { name: 'broken YAML', text: 'apiVersion: v1\nkind: [\n', says: /^bad\.yaml: .*line \d/ },
    {
      name: 'a duplicate key',
      text: 'apiVersion: v1\napiVersion: v1\n',
      says: /^bad\.yaml: Map keys must be unique at line 2/,
    },
    {
      name: 'no kind',
      text: `${NAMESPACE('ok')}---\napiVersion: v1\nmetadata: {}\n`,
      says: /^bad\.yaml:5: no Kubernetes object: kind/,
    },
    { name: 'text', text: 'hello\n', says: /^bad\.yaml:1: no Kubernetes object/ },
  ])('with $name are refused with file and line', ({ text, says }) => {
    expect(() => parseManifests(text, 'bad.yaml')).toThrow(says);
  });

  test('that are not there are refused with exit code 2', () => {
    expect(() => readManifests(join(folder, 'none.yaml'))).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => readManifests(folder)).toThrow(/holds no \.yaml/);
  });
});

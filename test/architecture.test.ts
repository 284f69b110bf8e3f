// Who may import whom (docs/architecture.md): read off the sources' own import lines.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');

interface ImportRule {
  /** Files that the rule speaks of. */
  readonly files: RegExp;
  /** What they may import: folders of ours, `node:*` or packages, as regular expressions over the resolved name. */
  readonly may: readonly RegExp[];
}

const PLAN_MAY = (program: string): RegExp[] => [/^api\//, /^net\//, new RegExp(`^${program}/(plan/|snapshot\\.ts)`)];
const APPLY_MAY = (program: string): RegExp[] => [
  new RegExp(`^${program}/(plan|apply)/`),
  /^(kube|runtime|net|api)\//,
  /^node:/,
  PACKAGE,
];
const PACKAGE = /^package:/;
/** What a supervisor and its workers say to each other: data only. */
const WORKER_MESSAGES = /^proxy\/traffic\/(messages|counters|traffic-settings)\.ts$/;
const PROGRAMS = ['ipam', 'speaker', 'proxy'] as const;

const RULES: readonly ImportRule[] = [
  { files: /^net\//, may: [/^net\//] },
  { files: /^api\/crd\//, may: [/^(api|net)\//, /^package:(zod|yaml)$/, /^node:/] },
  { files: /^api\/(?!crd\/)/, may: [/^(api|net)\//, /^package:zod$/] },
  {
    files: /^config\//,
    may: [/^(api|net|config)\//, /^package\.json$/, /^runtime\/settings\.ts$/, /^node:os$/, /^package:zod$/],
  },
  { files: /^runtime\//, may: [/^(net|runtime)\//, /^node:/, PACKAGE] },
  { files: /^kube\//, may: [/^(api|net|runtime|kube)\//, /^node:/, PACKAGE] },
  { files: /^apiserver\//, may: [/^(api|net|runtime|config|apiserver)\//, /^node:/, PACKAGE] },
  ...PROGRAMS.flatMap((program): ImportRule[] => [
    { files: new RegExp(`^${program}/(plan/|snapshot\\.ts)`), may: PLAN_MAY(program) },
    { files: new RegExp(`^${program}/apply/`), may: [...APPLY_MAY(program), WORKER_MESSAGES] },
    {
      files: new RegExp(`^${program}/[^/]+\\.ts$`),
      may: [new RegExp(`^${program}/`), /^(kube|runtime|config|api|net)\//, /^node:/],
    },
  ]),
  { files: /^proxy\/traffic\//, may: [/^proxy\/(plan|traffic)\//, /^(runtime|net|api)\//, /^node:/, PACKAGE] },
  {
    files: /^(cli|ui)\//,
    may: [
      /^(cli|ui|api|net|config|kube|runtime)\//,
      /^\w+\/plan\//,
      /^\w+\/snapshot\.ts$/,
      /^\w+\/main\.ts$/,
      /^lab\/cli\.ts$/,
      /^node:/,
      PACKAGE,
    ],
  },
];

const sources = sourceFiles();

describe('the import rules of docs/architecture.md', () => {
  test('there are sources to check', () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  test.each(sources)('%s imports only what its folder may', (file) => {
    const rules = RULES.filter((rule) => rule.files.test(file));
    const forbidden = importsOf(file).filter((name) => rules.some((rule) => !rule.may.some((may) => may.test(name))));
    expect(forbidden).toEqual([]);
  });

  test('nothing imports the lab, the benchmarks or the tests, but for the command that starts the lab', () => {
    const offenders = sources
      .filter((file) => !/^(lab|bench|test)\//.test(file))
      .flatMap((file) => importsOf(file).map((name) => `${file} -> ${name}`))
      .filter((line) => / -> (lab|bench|test)\//.test(line) && line !== 'cli/main.ts -> lab/cli.ts');
    expect(offenders).toEqual([]);
  });

  test('@kubernetes/client-node is used by kube alone', () => {
    const users = sources.filter((file) => importsOf(file).includes('package:@kubernetes/client-node'));
    expect(users.filter((file) => !file.startsWith('kube/'))).toEqual([]);
  });
});

describe('a plan neither knows the time nor chance nor the process', () => {
  const plans = sources.filter((file) => /^(ipam|speaker|proxy)\/(plan\/|snapshot\.ts)/.test(file));
  test.each(plans)('%s', (file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code).not.toMatch(
      /\bDate\.now\b|\bnew Date\(\)|Math\.random|\bprocess\.|\bset(Timeout|Interval|Immediate)\(|console\./,
    );
  });
});

function sourceFiles(): string[] {
  const folders = ['net', 'api', 'config', 'runtime', 'kube', 'apiserver', ...PROGRAMS, 'cli', 'ui', 'lab', 'bench'];
  return folders.flatMap((folder) => {
    try {
      return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

function importsOf(file: string): string[] {
  const code = readFileSync(join(ROOT, file), 'utf8');
  const names = [...code.matchAll(/(?:^|\n)\s*(?:import|export)[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)/g)];
  return names.map((match) => resolveImport(file, match[1] ?? match[2] ?? ''));
}

function resolveImport(file: string, name: string): string {
  if (name.startsWith('.')) return normalize(relative(ROOT, join(ROOT, dirname(file), name)));
  if (name.startsWith('node:')) return name;
  const parts = name.split('/');
  return `package:${name.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]}`;
}

// Golden files: input objects, a divider, the decisions that follow. `UPDATE=1` writes what is decided now.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const DIVIDER = '\n=== decided ===\n';

export interface BehaviourFile {
  /** The file's name as the sentence that it is. */
  readonly sentence: string;
  readonly input: string;
  readonly expected: unknown;
  /** Writes these decisions into the file when asked to by UPDATE=1; returns what is expected afterwards. */
  readonly settle: (decided: unknown) => unknown;
}

/** Every golden of a folder. */
export function behaviourFiles(folder: string): readonly BehaviourFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => readBehaviour(join(folder, name), name));
}

function readBehaviour(path: string, name: string): BehaviourFile {
  const [input = '', expectedText = ''] = readFileSync(path, 'utf8').split(DIVIDER);
  const expected: unknown = parse(expectedText, { version: '1.1' });
  return {
    sentence: name.replace('.yaml', '').replaceAll('-', ' '),
    input,
    expected,
    settle: (decided) => {
      if (process.env['UPDATE'] !== '1') return expected;
      const text = stringify(decided, { version: '1.1', lineWidth: 0 });
      writeFileSync(path, `${input.trimEnd()}\n${DIVIDER}${text}`);
      return decided;
    },
  };
}

// Step 2: one folder of manifests.
import { apply } from '../../../cli/commands/apply.ts';
import { readManifests } from '../../../cli/manifests.ts';
import { samplesFolder } from '../samples.ts';
import { claim, type DemoStep } from '../stage.ts';

export const applyManifests: DemoStep = {
  title: 'The manifests of config/samples/first-light are applied',
  run: async ({ client, signal, prove }) => {
    const lines: string[] = [];
    const terminal = {
      out: (text: string): void => void lines.push(text.trimEnd()),
      error: (line: string): void => void lines.push(line),
      interactive: false,
    };
    await apply(client, { manifests: readManifests(samplesFolder()), namespace: 'default' }, { terminal, signal });
    claim(lines.length > 0, 'no object was applied');
    prove('the API server took every object', lines.join('\n'));
  },
};

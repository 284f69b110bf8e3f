import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { apiServerSettings } from '../../config/apiserver.ts';
import { ipamSettings } from '../../config/ipam.ts';
import { proxySettings } from '../../config/proxy.ts';
import { speakerSettings } from '../../config/speaker.ts';
import { parseUnitFile } from '../../lab/plan/unit-file.ts';
import { parseSettings, type SettingsResult, type SettingsSchema } from '../../runtime/settings.ts';

const folder = join(import.meta.dirname, '../../systemd');

/** What the program makes of the command line of its unit and of the settings file that the package installs. */
function settingsOf<T>(program: string, schema: SettingsSchema<T>): SettingsResult<T> {
  const unit = parseUnitFile(program, readFileSync(join(folder, `fairlead-${program}.service`), 'utf8'));
  if (!unit.ok) throw new Error(JSON.stringify(unit.errors));
  const [command, name, ...argv] = unit.value.execStart.argv;
  expect([command, name]).toEqual(['/usr/bin/fairlead', program]);
  const readFile = (path: string): string => readFileSync(path.replace('/etc/fairlead/', `${folder}/config/`), 'utf8');
  return parseSettings({ program, summary: '', schema, argv, env: {}, readFile });
}

describe('what the package configures, the programs understand', () => {
  test('ipam', () => {
    expect(settingsOf('ipam', ipamSettings)).toMatchObject({ settings: { kubeconfig: '/etc/fairlead/kubeconfig' } });
  });

  test('the speaker meets proxy and gobgpd at the sockets of their units', () => {
    expect(settingsOf('speaker', speakerSettings)).toMatchObject({
      settings: {
        kubeconfig: '/etc/fairlead/kubeconfig',
        gobgpSocket: '/run/fairlead-gobgpd/api.sock',
        servingSocket: '/run/fairlead/serving.sock',
        debugSocket: '/run/fairlead-speaker/debug.sock',
      },
    });
  });

  test('the proxy listens for the speaker in its own runtime folder', () => {
    expect(settingsOf('proxy', proxySettings)).toMatchObject({
      settings: { kubeconfig: '/etc/fairlead/kubeconfig', servingSocket: '/run/fairlead/serving.sock' },
    });
    expect(readFileSync(join(folder, 'fairlead-proxy.service'), 'utf8')).toMatch(/^RuntimeDirectory=fairlead$/m);
  });

  test('the API server keeps its data where its unit lets it write', () => {
    expect(settingsOf('apiserver', apiServerSettings)).toMatchObject({
      settings: { data: '/var/lib/fairlead/apiserver.db', socket: '/run/fairlead-apiserver/api.sock' },
    });
    expect(readFileSync(join(folder, 'fairlead-apiserver.service'), 'utf8')).toMatch(/^StateDirectory=fairlead$/m);
  });

  test('gobgpd listens where the dead-man and the speaker look for it', () => {
    const socket = '/run/fairlead-gobgpd/api.sock';
    expect(readFileSync(join(folder, 'fairlead-gobgpd.service'), 'utf8')).toContain(`--api-hosts=unix://${socket} `);
    expect(readFileSync(join(folder, 'withdraw-unless-active'), 'utf8')).toContain(`socket=${socket}\n`);
  });
});

// The main job on LB nodes that boot a real systemd with the Debian package installed, and what an administrator and
// fate do to them. The tests share one lab and run in order, as the life of a node does.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SystemdNode } from '../../lab/systemd-nodes/systemd-node.ts';
import { eventually } from '../support/eventually.ts';
import { HOST, mainJob, makeCertificate } from './support/manifests.ts';
import { command, SystemdLab } from './support/systemd-lab.ts';

const LB1 = '10.10.0.11';
const LB2 = '10.10.0.12';
const BOTH = [LB1, LB2];
const TEST_MS = 60_000;

let lab: SystemdLab;
let lb1: SystemdNode;
let address = '';
let asClient: readonly string[] = [];

beforeAll(async () => {
  lab = await SystemdLab.up();
  lb1 = lab.node('lb1');
  await makeCertificate(lab.folder);
  await lab.apply(await mainJob(lab.folder));
}, 180_000);

afterAll(() => lab?.[Symbol.asyncDispose](), TEST_MS);

/** The router sends traffic for the address to exactly these nodes, and the client is answered. */
async function serves(nextHops: readonly string[], timeoutMs = 20_000): Promise<void> {
  await eventually(async () => expect(await lab.nextHops(address)).toEqual(nextHops), { timeoutMs });
  // A request that is in flight while the router spreads its flows anew may move to a node that does not know it.
  const answer = await eventually(() => lab.request(`https://${HOST}/`, ...asClient), { timeoutMs: 2000 });
  expect(JSON.parse(answer)).toMatchObject({ method: 'GET', path: '/' });
}

async function unit(
  name: string,
): Promise<{ readonly state: string; readonly restarts: number; readonly pid: number }> {
  const found = (await lb1.units()).find((candidate) => candidate.unit === name);
  return { state: found?.state ?? 'absent', restarts: found?.restarts ?? 0, pid: found?.pid ?? 0 };
}

async function startedAgain(name: string, before: { readonly restarts: number }): Promise<void> {
  await eventually(
    async () => expect(await unit(name)).toMatchObject({ state: 'active', restarts: before.restarts + 1 }),
    { timeoutMs: 20_000 },
  );
}

describe('LB nodes under systemd', () => {
  test(
    'a Gateway gets an address, both nodes announce it, and a client is answered over TLS',
    async () => {
      address = await eventually(
        async () => {
          const gateway = await lab.fairlead('lab', 'get', '--name', lab.name, 'gateways', 'shop', '-o', 'json');
          const [first] = (JSON.parse(gateway) as { status: { addresses: { value: string }[] } }).status.addresses;
          expect(first?.value).toMatch(/^203\.0\.113\.\d+$/);
          return first?.value ?? '';
        },
        { timeoutMs: 20_000 },
      );
      asClient = ['--cacert', join(lab.folder, 'ca.crt'), '--resolve', `${HOST}:443:${address}`];
      await serves(BOTH);
    },
    TEST_MS,
  );

  test('the programs run as users of their own, with no more than their capabilities', async () => {
    const status = await lb1.run([
      'sh',
      '-c',
      'for u in speaker proxy gobgpd; do p=$(systemctl show -P MainPID fairlead-$u); stat -c %U /proc/$p; grep CapEff /proc/$p/status; done',
    ]);
    expect(status.split('\n')).toEqual([
      'fairlead-speaker',
      'CapEff:\t0000000000001000',
      'fairlead-proxy',
      'CapEff:\t0000000000000400',
      'fairlead-gobgpd',
      'CapEff:\t0000000000000400',
      '',
    ]);
  });

  test(
    'ipam runs under its unit, here as the one that stands by: restarted, killed or hung it comes back',
    async () => {
      const show = async (property: string): Promise<string> =>
        (await lb1.run(['systemctl', 'show', '-P', property, 'fairlead-ipam'])).trim();
      await lb1.run(['systemctl', 'start', 'fairlead-ipam']);
      expect(
        await lb1.run([
          'sh',
          '-c',
          'p=$(systemctl show -P MainPID fairlead-ipam); stat -c %U /proc/$p; grep CapEff /proc/$p/status',
        ]),
      ).toBe('fairlead-ipam\nCapEff:\t0000000000000000\n');
      const first = await show('MainPID');
      await lb1.run(['systemctl', 'restart', 'fairlead-ipam']);
      expect(await show('MainPID')).not.toBe(first);
      for (const signal of ['KILL', 'STOP']) {
        const before = await show('MainPID');
        await lb1.run(['systemctl', 'kill', `--signal=${signal}`, 'fairlead-ipam']);
        await eventually(
          async () => {
            expect(await show('MainPID')).not.toBe(before);
            expect(await show('ActiveState')).toBe('active');
          },
          { timeoutMs: 20_000 },
        );
      }
      await lb1.run(['systemctl', 'stop', 'fairlead-ipam']);
      expect(await show('Result')).toBe('success');
      await serves(BOTH);
    },
    TEST_MS,
  );

  test('systemctl status shows each program in its own words', async () => {
    const texts = (await lb1.units()).filter(({ unit: name }) => /speaker|proxy/.test(name)).map(({ text }) => text);
    expect(texts.filter((text) => text === '')).toEqual([]);
  });

  test(
    'restarting the speaker loses no request and no route',
    async () => {
      const asking = lab.keepAsking(`https://${HOST}/`, ...asClient);
      const before = await unit('fairlead-speaker');
      await lb1.run(['systemctl', 'restart', 'fairlead-speaker']);
      expect(await lab.nextHops(address)).toEqual(BOTH);
      const { failed } = await asking.stop();
      expect(failed).toEqual([]);
      expect((await unit('fairlead-speaker')).pid).not.toBe(before.pid);
      await serves(BOTH);
    },
    TEST_MS,
  );

  test.each(['fairlead-gobgpd', 'fairlead-proxy'])(
    'after a restart of %s the node is back by itself',
    async (name) => {
      await lb1.run(['systemctl', 'restart', name]);
      expect(await unit(name)).toMatchObject({ state: 'active', restarts: 0 });
      await serves(BOTH);
    },
    TEST_MS,
  );

  test.each(['fairlead-gobgpd', 'fairlead-speaker', 'fairlead-proxy'])(
    '%s killed is started again',
    async (name) => {
      const before = await unit(name);
      await lb1.run(['systemctl', 'kill', '--signal=SIGKILL', '--kill-whom=main', name]);
      await startedAgain(name, before);
      await serves(BOTH);
    },
    TEST_MS,
  );

  test.each(['fairlead-proxy', 'fairlead-speaker'])(
    '%s that hangs is ended by the watchdog',
    async (name) => {
      const before = await unit(name);
      await lb1.run(['systemctl', 'kill', '--signal=SIGSTOP', '--kill-whom=main', name]);
      await startedAgain(name, before);
      expect(await lb1.run(['journalctl', '-o', 'cat', '-u', name])).toContain('Watchdog timeout');
      await serves(BOTH);
    },
    TEST_MS,
  );

  test(
    'no route outlives both programs, in either order',
    async () => {
      for (const order of [
        ['fairlead-speaker', 'fairlead-proxy'],
        ['fairlead-proxy', 'fairlead-speaker'],
      ]) {
        for (const name of order) await lb1.run(['systemctl', 'stop', name]);
        await serves([LB2], 3000);
        await lb1.run(['systemctl', 'start', ...order]);
        await serves(BOTH);
      }
    },
    TEST_MS,
  );

  test(
    'both programs killed at once leave no route while they are away',
    async () => {
      // Killed for good: nobody starts them again.
      const forGood = 'for u in proxy speaker; do d=/run/systemd/system/fairlead-$u.service.d; mkdir -p $d';
      await lb1.run([
        'sh',
        '-c',
        `${forGood}; printf "[Service]\\nRestart=no\\n" >$d/no.conf; done; systemctl daemon-reload`,
      ]);
      await lb1.run(['systemctl', 'kill', '--signal=SIGKILL', 'fairlead-proxy', 'fairlead-speaker']);
      await serves([LB2], 3000);
      await lb1.run(['sh', '-c', 'rm -r /run/systemd/system/fairlead-*.service.d; systemctl daemon-reload']);
      await lb1.run(['systemctl', 'start', 'fairlead-proxy', 'fairlead-speaker']);
      await serves(BOTH);
    },
    TEST_MS,
  );

  test(
    'wrong settings are one line in the journal, and no endless starting',
    async () => {
      const file = join(lb1.paths.root, 'etc/fairlead/proxy.yaml');
      const good = await readFile(file, 'utf8');
      await lb1.run(['sh', '-c', 'echo "servingSocket: 7" >>/etc/fairlead/proxy.yaml']);
      await expect(lb1.run(['systemctl', 'restart', 'fairlead-proxy'])).rejects.toThrow();
      expect(await unit('fairlead-proxy')).toMatchObject({ state: 'failed' });
      expect(await lb1.run(['journalctl', '-o', 'cat', '-n', '10', '-u', 'fairlead-proxy'])).toMatch(
        /proxy\.yaml: servingSocket: .*7/,
      );
      await serves([LB2]);
      await lb1.run(['sh', '-c', `cat >/etc/fairlead/proxy.yaml <<'EOF'\n${good}EOF`]);
      await lb1.run(['systemctl', 'restart', 'fairlead-proxy']);
      await serves(BOTH);
    },
    TEST_MS,
  );

  test(
    'a node that reboots is back without help',
    async () => {
      await lb1.reboot(AbortSignal.timeout(TEST_MS));
      await serves(BOTH);
      expect(await lb1.run(['systemctl', '--failed', '--no-legend'])).toBe('');
    },
    TEST_MS,
  );

  test(
    'a node that loses power is replaced by the other, and comes back',
    async () => {
      await lb1.crash(AbortSignal.timeout(TEST_MS));
      await serves([LB2]);
      await lb1.start(AbortSignal.timeout(TEST_MS));
      await serves(BOTH);
    },
    TEST_MS,
  );

  test('the standalone API server runs under its unit, when it is wanted', async () => {
    expect(await lb1.run(['sh', '-c', 'systemctl is-active fairlead-apiserver; true'])).toBe('inactive\n');
    await lb1.run(['systemctl', 'start', 'fairlead-apiserver']);
    const ask = ['curl', '--silent', '--fail', '--unix-socket', '/run/fairlead-apiserver/api.sock'];
    const kinds = await lb1.run([...ask, 'http://localhost/apis/fairlead.dev/v1alpha1']);
    expect(JSON.parse(kinds)).toMatchObject({ groupVersion: 'fairlead.dev/v1alpha1' });
    expect(await lb1.run(['cat', '/var/lib/fairlead/kubeconfig'])).toContain('https://127.0.0.1:6443');
    await lb1.run(['systemctl', 'stop', 'fairlead-apiserver']);
  });

  test(
    'an upgrade keeps the settings and starts every program anew',
    async () => {
      await lb1.run(['sh', '-c', 'echo "# kept" >>/etc/fairlead/speaker.yaml']);
      const before = await Promise.all(['fairlead-speaker', 'fairlead-proxy'].map(unit));
      const deb = (await command(['sh', 'scripts/package.sh', '--version', '99.0.0'])).trim();
      await lb1.install(deb);
      await rm(deb);
      expect(await lb1.run(['dpkg-query', '-W', '-f', '${Version} ${Status}', 'fairlead'])).toBe(
        '99.0.0 install ok installed',
      );
      expect(await lb1.run(['cat', '/etc/fairlead/speaker.yaml'])).toContain('# kept');
      const after = await Promise.all(['fairlead-speaker', 'fairlead-proxy'].map(unit));
      expect(after).toMatchObject([{ state: 'active' }, { state: 'active' }]);
      expect(after.map(({ pid }) => pid)).not.toEqual(before.map(({ pid }) => pid));
      await serves(BOTH);
    },
    TEST_MS,
  );

  test(
    'purging the package takes the node out of service and leaves nothing',
    async () => {
      await lb1.run(['dpkg', '--purge', 'fairlead']);
      await serves([LB2], 5000);
      const left =
        'ls -d /etc/fairlead /usr/lib/fairlead /run/fairlead* /etc/systemd/system/*/fairlead* /var/lib/systemd/deb-systemd-helper-*/fairlead* 2>/dev/null; getent passwd | grep ^fairlead; getent group | grep ^fairlead; nft list tables; ip -o address show dev lo to 203.0.113.0/28';
      expect(await lb1.run(['sh', '-c', `${left}; true`])).toBe('');
    },
    TEST_MS,
  );
});

test(
  'lab down leaves nothing of the nodes',
  async () => {
    await lab.fairlead('lab', 'down', '--name', lab.name);
    const left = `mount | grep ${lab.name}; find /sys/fs/cgroup -maxdepth 3 -name '*${lab.name}-*'; ip netns list | grep ^${lab.name}-; ls -d /run/fairlead-lab/${lab.name} /run/systemd/nspawn/propagate/*${lab.name}-*; pgrep -af ${lab.name}-`;
    expect(await command(['sh', '-c', `(${left}) 2>/dev/null | grep -v 'sh -c'; true`])).toBe('');
  },
  TEST_MS,
);

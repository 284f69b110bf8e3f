// The judge: FRR's zebra and bgpd as the router of a test network.

import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Network } from './network.ts';

const exec = promisify(execFile);
const DAEMONS = '/usr/lib/frr';

export interface RouterNeighbour {
  readonly address: string;
  readonly password?: string;
}

export const ROUTER_ASN = 64500;
export const NODE_ASN = 64511;

/** The router AS 64500 of a network, with the LB nodes as neighbours of AS 64511. */
export class Router {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(network: Network, neighbours: readonly RouterNeighbour[]): Promise<Router> {
    const folder = join(network.folder, 'frr');
    await mkdir(folder);
    const owner = await frrUser();
    await writeFile(join(folder, 'zebra.conf'), 'hostname router\n');
    await writeFile(join(folder, 'bgpd.conf'), bgpdConfiguration(neighbours));
    await chmod(network.folder, 0o755);
    await chown(folder, owner.uid, owner.gid);
    for (const daemon of ['zebra', 'bgpd']) {
      const files = ['-f', join(folder, `${daemon}.conf`), '-i', join(folder, `${daemon}.pid`)];
      const sockets = ['--vty_socket', folder, '-z', join(folder, 'zserv.api')];
      network.start('router', [
        `${DAEMONS}/${daemon}`,
        '-u',
        'frr',
        '-g',
        'frr',
        '-A',
        '127.0.0.1',
        '-P',
        '0',
        ...files,
        ...sockets,
      ]);
    }
    return new Router(folder);
  }

  /** What `show <what> json` says, parsed. */
  async show(what: string): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await exec('vtysh', ['--vty_socket', this.#folder, '-c', `show ${what} json`], {
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(stdout);
  }

  async configure(...lines: readonly string[]): Promise<void> {
    const commands = ['configure terminal', ...lines].flatMap((line) => ['-c', line]);
    await exec('vtysh', ['--vty_socket', this.#folder, ...commands]);
  }
}

async function frrUser(): Promise<{ readonly uid: number; readonly gid: number }> {
  const id = async (flag: string): Promise<number> => Number((await exec('id', [flag, 'frr'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

function bgpdConfiguration(neighbours: readonly RouterNeighbour[]): string {
  const each = (line: (neighbour: RouterNeighbour) => string): string => neighbours.map(line).join('\n');
  return `frr defaults datacenter
hostname router
router bgp ${ROUTER_ASN}
 bgp router-id 10.10.0.1
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath as-path multipath-relax
${each(({ address }) => ` neighbor ${address} remote-as ${NODE_ASN}\n neighbor ${address} timers 3 9\n neighbor ${address} timers connect 1`)}
${each(({ address, password }) => (password === undefined ? '!' : ` neighbor ${address} password ${password}`))}
 address-family ipv4 unicast
${each(({ address }) => `  neighbor ${address} activate`)}
  maximum-paths 8
  network 192.168.50.0/24
 exit-address-family
 address-family ipv6 unicast
${each(({ address }) => `  neighbor ${address} activate`)}
  maximum-paths 8
 exit-address-family
exit
`;
}

// A small network of namespaces for one test: made with unique names, always removed, processes included.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export class Network implements AsyncDisposable {
  readonly folder: string;
  readonly #prefix: string;
  readonly #namespaces = new Set<string>();
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.#prefix = `fl-${randomBytes(3).toString('hex')}`;
  }

  static async create(): Promise<Network> {
    return new Network(await mkdtemp(join(tmpdir(), 'fl-speaker-')));
  }

  /** The full name of a namespace. */
  namespaceName(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  async addNamespace(name: string): Promise<void> {
    await exec('ip', ['netns', 'add', this.namespaceName(name)]);
    this.#namespaces.add(name);
    await this.run(name, 'ip link set lo up');
  }

  /** Runs a command line (split at spaces) in a namespace and returns what it printed. */
  run(name: string, line: string): Promise<string> {
    return this.exec(name, line.split(' '));
  }

  async exec(name: string, command: readonly string[]): Promise<string> {
    const { stdout } = await exec('ip', ['netns', 'exec', this.namespaceName(name), ...command]);
    return stdout;
  }

  /** The body of a GET from within a namespace. */
  fetch(name: string, url: string): Promise<string> {
    const script = `process.stdout.write(await (await fetch(${JSON.stringify(url)})).text())`;
    return this.exec(name, [process.execPath, '--input-type=module', '--eval', script]);
  }

  /** Starts a process in a namespace; it is killed when the network goes. */
  start(name: string, command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespaceName(name), ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stderr.resume();
    child.stdout.resume();
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.kill(child, 'SIGKILL')));
    for (const name of this.#namespaces) await exec('ip', ['netns', 'del', this.namespaceName(name)]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A client behind a router, and LB nodes on the router's bridge: 10.10.0.<11 + i> and fd10::<11 + i>. */
export async function buildDatacenter(network: Network, nodes: readonly string[]): Promise<void> {
  for (const name of ['client', 'router', ...nodes]) await network.addNamespace(name);
  await network.run('router', 'ip link add br0 type bridge');
  await network.run('router', 'ip link set br0 up');
  await addresses(network, 'router', ['10.10.0.1/24 dev br0', 'fd10::1/64 dev br0 nodad']);
  for (const [index, node] of nodes.entries()) await plugIn(network, node, 11 + index);
  await network.run('router', `ip link add eth1 type veth peer name eth0 netns ${network.namespaceName('client')}`);
  await network.run('router', 'ip link set eth1 up');
  await network.run('client', 'ip link set eth0 up');
  await addresses(network, 'router', ['192.168.50.1/24 dev eth1', 'fd50::1/64 dev eth1 nodad']);
  await addresses(network, 'client', ['192.168.50.2/24 dev eth0', 'fd50::2/64 dev eth0 nodad']);
  await defaultRoutes(network, 'client', ['192.168.50.1', 'fd50::1']);
  await network.run('router', 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
  await network.run('router', 'sysctl -qw net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1');
}

async function plugIn(network: Network, node: string, host: number): Promise<void> {
  await network.run('router', `ip link add f-${node} type veth peer name eth0 netns ${network.namespaceName(node)}`);
  await network.run('router', `ip link set f-${node} master br0 up`);
  await network.run(node, 'ip link set eth0 up');
  await addresses(network, node, [`10.10.0.${host}/24 dev eth0`, `fd10::${host}/64 dev eth0 nodad`]);
  await defaultRoutes(network, node, ['10.10.0.1', 'fd10::1']);
  await knowNeighbour(network, node, `fd10::${host}`);
  await network.run(
    node,
    'sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1',
  );
}

/**
 * A kernel without router preference leaves next hops that it has not met yet out of an IPv6 multipath route, and then
 * moves flows when it meets them. Real routers have met their neighbours.
 */
async function knowNeighbour(network: Network, node: string, address: string): Promise<void> {
  const mac = /link\/ether (\S+)/.exec(await network.run(node, 'ip -o link show eth0'))?.[1];
  await network.run('router', `ip -6 neigh replace ${address} lladdr ${mac} dev br0 nud permanent`);
}

async function addresses(network: Network, name: string, list: readonly string[]): Promise<void> {
  for (const address of list) await network.run(name, `ip addr add ${address}`);
}

async function defaultRoutes(network: Network, name: string, [v4, v6]: readonly [string, string]): Promise<void> {
  await network.run(name, `ip route add default via ${v4}`);
  await network.run(name, `ip -6 route add default via ${v6}`);
}

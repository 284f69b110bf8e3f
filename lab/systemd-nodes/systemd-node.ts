// An LB node that boots a real systemd and has the product's Debian package installed, as on a customer's machine.
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sleep } from '../../runtime/sleep.ts';
import { run } from '../network/children.ts';
import { LabError, type NodeRuntime } from '../nodes/node-runtime.ts';
import { namespaceOf } from '../plan/names.ts';
import type { UnitStatus } from '../plan/unit-state.ts';
import { logFile } from '../state.ts';
import { removeCgroups } from './cgroups.ts';
import { crashContainer, startContainer, stopContainer, untilContainerGone } from './container.ts';
import { type NodeImage, prepareNodeImage } from './image.ts';
import { insideCommand } from './nspawn-command.ts';
import { cacheFolder, machineName, type NodePaths, nodePaths } from './paths.ts';
import { parseUnitProperties, SHOWN_PROPERTIES } from './unit-properties.ts';

/** The package's units that may run on an LB node. */
const UNITS = ['fairlead-gobgpd', 'fairlead-speaker', 'fairlead-proxy', 'fairlead-ipam'];
const NETWORK_TIMEOUT_MS = 10_000;

export interface SystemdNodeOptions {
  readonly lab: string;
  readonly node: string;
  /** Holds base tree and nodes; must not lie on an overlay. */
  readonly cache?: string;
}

export class SystemdNode implements NodeRuntime {
  readonly node: string;
  readonly paths: NodePaths;
  readonly #lab: string;
  readonly #cache: string;
  readonly #machine: string;
  readonly #netns: string;

  constructor({ lab, node, cache = cacheFolder(process.env) }: SystemdNodeOptions) {
    this.node = node;
    this.paths = nodePaths(lab, node, cache);
    this.#lab = lab;
    this.#cache = cache;
    this.#machine = machineName(lab, node);
    this.#netns = join('/run/netns', namespaceOf(lab, node));
  }

  /** Boots a fresh Debian and installs the package in it. */
  async boot(signal: AbortSignal): Promise<void> {
    const image = await prepareNodeImage(this.#cache);
    await this.#mountRoot(image);
    await this.#untilNamespace(signal);
    await this.start(signal);
    await this.install(image.deb);
  }

  /** Boots what is on the node's disk: after `stop`, `crash` and nothing else. */
  async start(signal: AbortSignal): Promise<void> {
    const { root } = this.paths;
    await startContainer({ machine: this.#machine, hostname: this.node, root, netns: this.#netns }, this.paths, signal);
    // Degraded is up, too: which unit failed is for `units` to say.
    await this.run(['sh', '-c', 'systemctl is-system-running --wait || true']);
  }

  async stop(signal: AbortSignal): Promise<void> {
    await stopContainer(this.#machine, this.paths, signal);
    await this.#forgetNetworkState();
  }

  /** A power cut: nothing in the node gets to say good-bye. */
  async crash(signal: AbortSignal): Promise<void> {
    await crashContainer(this.#machine, this.paths, signal);
    await this.#forgetNetworkState();
  }

  async reboot(signal: AbortSignal): Promise<void> {
    await this.run(['systemctl', 'reboot']).catch(ignoreCutOff);
    await untilContainerGone(this.#machine, this.paths, signal);
    await this.#forgetNetworkState();
    await this.start(signal);
  }

  /** Installs (or upgrades to) a Debian package file of the machine. */
  async install(deb: string): Promise<void> {
    const name = `/var/tmp/${basename(deb)}`;
    await copyFile(deb, join(this.paths.root, name));
    // The lab may have written configuration before the package came: it is kept, as an administrator's would be.
    const dpkg = ['dpkg', '--force-confold', '--force-unsafe-io', '--install', name];
    await this.run(['env', 'DEBIAN_FRONTEND=noninteractive', ...dpkg]);
    await rm(join(this.paths.root, name), { force: true });
  }

  async startUnit(unit: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // What the lab wrote belongs to root alone; the programs are members of the group.
    await this.run(['sh', '-c', 'chgrp -R fairlead /etc/fairlead && chmod -R g+rX /etc/fairlead']);
    try {
      await this.run(['systemctl', 'start', `${unit}.service`]);
    } catch (cause) {
      throw await this.#unitError(unit, cause);
    }
  }

  async stopUnit(unit: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.run(['systemctl', 'stop', `${unit}.service`]);
  }

  async units(): Promise<readonly UnitStatus[]> {
    const shown = await this.run(['systemctl', 'show', `--property=${SHOWN_PROPERTIES}`, ...UNITS]);
    return parseUnitProperties(this.node, shown);
  }

  exec(argv: readonly string[]): readonly string[] {
    return insideCommand(this.paths.initPid, argv);
  }

  /** Runs a command in the node and returns its output; rejects with ChildError when it fails. */
  run(argv: readonly string[]): Promise<string> {
    return run(this.exec(argv));
  }

  async down(signal: AbortSignal): Promise<void> {
    await crashContainer(this.#machine, this.paths, signal);
    await stopContainer(this.#machine, this.paths, signal);
    await run(['umount', '--lazy', this.paths.root]).catch(() => '');
    await removeCgroups(this.#machine);
    await rm(this.paths.folder, { recursive: true, force: true });
    await rm(join('/run/systemd/nspawn/propagate', this.#machine), { recursive: true, force: true });
  }

  /** A named namespace is there before it can be entered. */
  async #untilNamespace(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + NETWORK_TIMEOUT_MS;
    for (;;) {
      const failure = await run(['nsenter', `--net=${this.#netns}`, 'true']).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (performance.now() >= deadline) {
        throw new LabError('NO_NETWORK', `${this.#netns} cannot be entered`, { cause: failure });
      }
      await sleep(20, signal);
    }
  }

  async #mountRoot({ base }: NodeImage): Promise<void> {
    const { root, upper, work } = this.paths;
    await Promise.all([root, upper, work].map((folder) => mkdir(folder, { recursive: true })));
    await chmod(upper, 0o755);
    const layers = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
    await run(['mount', '-t', 'overlay', this.#machine, '-o', layers, root]);
    await Promise.all([
      writeFile(join(root, 'etc/hostname'), `${this.node}\n`),
      writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost ${this.node}\n`),
      writeFile(join(root, 'etc/resolv.conf'), ''),
    ]);
  }

  /** A machine that is switched off forgets its addresses and rules; a network namespace does not by itself. */
  async #forgetNetworkState(): Promise<void> {
    const script = 'nft flush ruleset; ip address flush dev lo scope global';
    await run(['nsenter', `--net=${this.#netns}`, 'sh', '-c', script]);
  }

  async #unitError(unit: string, cause: unknown): Promise<LabError> {
    const file = logFile(this.#lab, this.node, unit);
    const journal = await this.run(['journalctl', '--no-pager', '--output=cat', '--lines=50', `--unit=${unit}`]);
    await writeFile(file, journal);
    return new LabError('UNIT_FAILED', `${unit} did not start on ${this.node}`, { logFile: file, cause });
  }
}

/** The connection to a systemd that goes down may break before it answers. */
function ignoreCutOff(error: unknown): void {
  if (!(Error.isError(error) && 'code' in error && error.code === 'CHILD_FAILED')) throw error;
}

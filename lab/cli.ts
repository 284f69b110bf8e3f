// `fairlead lab`: a small datacenter in network namespaces, for people.
import { Command, InvalidArgumentError, Option } from 'commander';
import { readManifests } from '../cli/manifests.ts';
import { CommandError, processTerminal, type Terminal } from '../cli/terminal.ts';
import { untilShutdown } from '../runtime/shutdown.ts';
import { refuseLabName } from './plan/names.ts';
import type { LabRecord } from './state.ts';

interface UpFlags {
  readonly name: string;
  readonly lb: number;
  readonly workers: number;
  readonly router: LabRecord['router'];
  readonly nodes: LabRecord['nodes'];
  readonly verbose: boolean;
  readonly keep: boolean;
}

interface Named {
  readonly name: string;
}

const MAX_LB_NODES = 9;
const MAX_WORKERS = 99;

/** The command tree of the lab. Its parts are loaded when they are used. */
export function labCommand(terminal: Terminal = processTerminal()): Command {
  const lab = new Command('lab')
    .description('a small datacenter in network namespaces: try Fairlead without hardware')
    .enablePositionalOptions();
  for (const command of [
    upCommand(terminal),
    downCommand(terminal),
    listCommand(terminal),
    statusCommand(terminal),
    applyCommand(terminal),
    getCommand(terminal),
    execCommand(),
    logsCommand(terminal),
  ]) {
    lab.addCommand(command);
  }
  return lab;
}

function upCommand(terminal: Terminal): Command {
  return named(new Command('up'))
    .description('build a lab and start everything in it: router, API server, ipam, LB nodes')
    .option('--lb <n>', 'LB nodes', count(MAX_LB_NODES), 2)
    .option('--workers <n>', 'workers, where pods run', count(MAX_WORKERS), 2)
    .addOption(new Option('--router <kind>', 'what the router runs').choices(['frr', 'bird']).default('frr'))
    .addOption(new Option('--nodes <kind>', 'what LB nodes are').choices(['plain', 'systemd']).default('plain'))
    .option('--verbose', 'print each step with its time', false)
    .option('--keep', 'leave a lab that failed as it is', false)
    .action(async ({ lb, verbose, keep, ...shape }: UpFlags) => {
      const { up } = await import('./verbs/up.ts');
      using shutdown = untilShutdown();
      await up({ record: { ...shape, lbNodes: lb }, verbose, keep }, { terminal, signal: shutdown.signal });
    });
}

function downCommand(terminal: Terminal): Command {
  return named(new Command('down'))
    .description('remove every process, namespace and file of a lab, also after a crash')
    .action(async ({ name }: Named) => {
      const { down } = await import('./verbs/down.ts');
      using shutdown = untilShutdown();
      await down(name, { terminal, signal: shutdown.signal });
    });
}

function listCommand(terminal: Terminal): Command {
  return new Command('list').description('the labs of this machine').action(async () => {
    const { list } = await import('./verbs/status.ts');
    await list(terminal);
  });
}

function statusCommand(terminal: Terminal): Command {
  return named(new Command('status'))
    .description('the nodes and units of a lab')
    .action(async ({ name }: Named) => {
      const { status } = await import('./verbs/status.ts');
      await status(name, terminal);
    });
}

function applyCommand(terminal: Terminal): Command {
  return named(new Command('apply'))
    .description('apply manifests to the API server of a lab')
    .requiredOption('-f, --filename <path...>', 'files, folders, or - for standard input')
    .option('-n, --namespace <namespace>', 'namespace of objects that name none', 'default')
    .action(async (flags: Named & { readonly filename: readonly string[]; readonly namespace: string }) => {
      const { applyInLab } = await import('./verbs/objects.ts');
      using shutdown = untilShutdown();
      const options = { manifests: flags.filename.flatMap(readManifests), namespace: flags.namespace };
      await applyInLab(flags.name, options, { terminal, signal: shutdown.signal });
    });
}

function getCommand(terminal: Terminal): Command {
  return named(new Command('get'))
    .description('print objects of the API server of a lab')
    .argument('<kind>', 'gateways, pods, svc, lbnodes, ...')
    .argument('[object]', 'name of one object')
    .option('-n, --namespace <namespace>', 'namespace to look in', 'default')
    .option('-A, --all-namespaces', 'look in all namespaces', false)
    .option('-l, --selector <selector>', 'only objects with these labels')
    .option('-o, --output <format>', 'output format: wide, yaml, json, name')
    .action(async (type: string, object: string | undefined, flags) => {
      const { getInLab } = await import('./verbs/objects.ts');
      using shutdown = untilShutdown();
      const { namespace, allNamespaces, selector, output } = flags;
      const options = { type, name: object, namespace, allNamespaces, selector, output };
      await getInLab(flags.name, options, { terminal, signal: shutdown.signal });
    });
}

function execCommand(): Command {
  return named(new Command('exec'))
    .description('run a command in a node: client, router, sw, api, lb1, w1, p-1, ...')
    .usage('[options] <node> -- <command...>')
    .argument('<node>')
    .argument('<command...>')
    .passThroughOptions()
    .action(async (node: string, argv: readonly string[], { name }: Named) => {
      const { exec } = await import('./verbs/exec.ts');
      // Like exec(3): this process ends as the command did.
      process.exit(await exec(name, node, argv));
    });
}

function logsCommand(terminal: Terminal): Command {
  return named(new Command('logs'))
    .description('print the log of a unit')
    .argument('<node>')
    .argument('<unit>', 'proxy, speaker, gobgpd, bgpd, ...')
    .action(async (node: string, unit: string, { name }: Named) => {
      const { logs } = await import('./verbs/exec.ts');
      await logs(name, { node, unit }, terminal);
    });
}

function named(command: Command): Command {
  return command.option('--name <name>', 'which lab', labName, 'lab');
}

function labName(text: string): string {
  const refusal = refuseLabName(text);
  if (refusal !== undefined) throw new InvalidArgumentError(refusal);
  return text;
}

function count(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`must be a number from 1 to ${max}`);
  };
}

/** Runs `lab` alone, for who works on it; people run `fairlead lab`. */
async function main(): Promise<void> {
  try {
    await labCommand().parseAsync(process.argv);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    processTerminal().error(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}

if (import.meta.main) await main();

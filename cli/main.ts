// The one command of Fairlead: the programs that the units start, and what people type.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../config/version.ts';
import { ApiConnectionError } from '../kube/api-error.ts';
import { labCommand } from '../lab/cli.ts';
import { untilShutdown } from '../runtime/shutdown.ts';
import { apply } from './commands/apply.ts';
import { deleteObjects } from './commands/delete.ts';
import { drain, undrain } from './commands/drain.ts';
import { explain } from './commands/explain.ts';
import { get, OUTPUT_FORMATS, parseOutputFormat } from './commands/get.ts';
import { status } from './commands/status.ts';
import { connect } from './connect.ts';
import { readManifests } from './manifests.ts';
import { CommandError, processTerminal, type Terminal } from './terminal.ts';

type Program = (argv: readonly string[], signal?: AbortSignal) => Promise<number>;

/** The long-running programs are loaded only when they are asked for: each brings its own libraries. */
const PROGRAMS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Program> }>> = {
  ipam: {
    summary: 'hand out addresses to Services and Gateways',
    load: async () => (await import('../ipam/main.ts')).run,
  },
  speaker: { summary: 'announce this node to the network', load: async () => (await import('../speaker/main.ts')).run },
  proxy: { summary: 'carry layer-7 traffic on this node', load: async () => (await import('../proxy/main.ts')).run },
  apiserver: {
    summary: 'the embedded Kubernetes-compatible API server',
    load: async () => (await import('../apiserver/main.ts')).run,
  },
};

/** Runs one command line (without the program's own name) and answers with the exit code: 0, 1 failed, 2 bad input. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const [name = '', ...rest] = argv;
  const program = PROGRAMS[name];
  if (program !== undefined) return (await program.load())(rest);
  try {
    await commandLine(terminal).parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === 'commander.help' ? 0 : 2;
  if (error instanceof CommandError) {
    terminal.error(`error: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof ApiConnectionError) {
    terminal.error(`error: cannot reach the API server at ${error.message}`);
    return 1;
  }
  if (!Error.isError(error)) throw error;
  terminal.error(`error: ${error.message}`);
  return 1;
}

function commandLine(terminal: Terminal): Command {
  const root = new Command('fairlead')
    .description('An on-prem, bare-metal load balancer for Kubernetes.')
    .version(VERSION, '-V, --version')
    .option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, ~/.kube/config, or in-cluster)')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: (text) => terminal.error(text.trimEnd()) })
    .addHelpText('after', PROGRAM_HELP);
  for (const command of [
    statusCommand(root, terminal),
    explainCommand(root, terminal),
    ...drainCommands(root, terminal),
    getCommand(root, terminal),
    applyCommand(root, terminal),
    deleteCommand(root, terminal),
    labCommand(),
  ]) {
    root.addCommand(command.copyInheritedSettings(root));
  }
  return root;
}

const PROGRAM_HELP = `
Programs (started by systemd; each has its own --help):
${Object.entries(PROGRAMS)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}`;

function statusCommand(root: Command, terminal: Terminal): Command {
  return new Command('status')
    .description('one line for each address: who announces it, its listeners, routes and ready pods, and what is wrong')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['wide', 'json', 'yaml']))
    .action(async (options: { output?: 'wide' | 'json' | 'yaml' }) => {
      await withClient(root, (client, signal) => status(client, { output: options.output }, { terminal, signal }));
    });
}

function explainCommand(root: Command, terminal: Terminal): Command {
  return new Command('explain')
    .description('why an object is as it is, in sentences')
    .argument(
      '<kind/name>',
      'httproute/site, gateway/shop, ingress/legacy, service/web, ip/203.0.113.0, lbnode/lb1, loadbalancerippool/lab',
    )
    .option('-n, --namespace <namespace>', 'namespace of the object', 'default')
    .action(async (target: string, options: { namespace: string }) => {
      await withClient(root, (client, signal) =>
        explain(client, { target, namespace: options.namespace }, { terminal, signal }),
      );
    });
}

function drainCommands(root: Command, terminal: Terminal): Command[] {
  const command = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .argument('<node>', 'name of the LBNode')
      .option('--no-wait', 'return as soon as the node has been asked')
      .option('--timeout <seconds>', 'how long to wait', parseSeconds, 120);
  const optionsOf = (
    node: string,
    { wait, timeout }: { wait: boolean; timeout: number },
  ): Parameters<typeof drain>[1] => ({
    node,
    wait,
    timeoutMs: timeout * 1000,
  });
  return [
    command('drain', 'take an LB node out of service without losing a request').action(async (node, options) => {
      await withClient(root, (client, signal) => drain(client, optionsOf(node, options), { terminal, signal }));
    }),
    command('undrain', 'put a drained LB node back into service').action(async (node, options) => {
      await withClient(root, (client, signal) => undrain(client, optionsOf(node, options), { terminal, signal }));
    }),
  ];
}

function getCommand(root: Command, terminal: Terminal): Command {
  return new Command('get')
    .description('print objects of any kind')
    .argument('<kind>', 'gateways, gtw, httproute, services, lbnodes, ...')
    .argument('[name]')
    .option('-n, --namespace <namespace>', 'namespace to look in', 'default')
    .option('-A, --all-namespaces', 'look in all namespaces', false)
    .option('-l, --selector <selector>', 'only objects with these labels')
    .option('-o, --output <format>', `output format: ${OUTPUT_FORMATS.join(', ')}`)
    .action(async (type: string, name: string | undefined, options) => {
      const { namespace, allNamespaces, selector } = options;
      const output = parseOutputFormat(options.output);
      await withClient(root, (client, signal) =>
        get(client, { type, name, namespace, allNamespaces, selector, output }, { terminal, signal }),
      );
    });
}

function applyCommand(root: Command, terminal: Terminal): Command {
  return new Command('apply')
    .description('create or change objects to be as manifests say (server-side apply)')
    .requiredOption('-f, --filename <path...>', 'files, folders, or - for standard input')
    .option('-n, --namespace <namespace>', 'namespace of objects that name none', 'default')
    .action(async ({ filename, namespace }: { filename: string[]; namespace: string }) => {
      await withClient(root, (client, signal) =>
        apply(client, { manifests: filename.flatMap(readManifests), namespace }, { terminal, signal }),
      );
    });
}

function deleteCommand(root: Command, terminal: Terminal): Command {
  return new Command('delete')
    .description('delete objects by kind and name, or those of manifests')
    .argument('[kind]')
    .argument('[name...]')
    .option('-f, --filename <path...>', 'files, folders, or - for standard input')
    .option('-n, --namespace <namespace>', 'namespace of the objects', 'default')
    .action(async (type: string | undefined, names: string[], options: { filename?: string[]; namespace: string }) => {
      const { filename: filenames = [], namespace } = options;
      await withClient(root, (client, signal) =>
        deleteObjects(client, { filenames, type, names, namespace }, { terminal, signal }),
      );
    });
}

async function withClient(
  root: Command,
  use: (client: Awaited<ReturnType<typeof connect>>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using shutdown = untilShutdown();
  await using client = await connect(root.opts<{ kubeconfig?: string }>().kubeconfig);
  await use(client, shutdown.signal);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new InvalidArgumentError('must be a number of seconds above 0');
  return seconds;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

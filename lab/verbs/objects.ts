// `fairlead lab apply` and `lab get`: the commands of every cluster, pointed at the API server of a lab.
import { type ApplyOptions, apply } from '../../cli/commands/apply.ts';
import { type GetOptions, get, parseOutputFormat } from '../../cli/commands/get.ts';
import { connect } from '../../cli/connect.ts';
import { CommandError, type Terminal } from '../../cli/terminal.ts';
import { pathsOf } from '../state.ts';
import { daemonOf } from '../sweep.ts';

interface Io {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Applies manifests to the API server of a lab. */
export async function applyInLab(lab: string, options: ApplyOptions, io: Io): Promise<void> {
  await using client = await clientOf(lab);
  await apply(client, options, io);
}

/** Prints objects of the API server of a lab. */
export async function getInLab(
  lab: string,
  options: Omit<GetOptions, 'output'> & { readonly output: string | undefined },
  io: Io,
): Promise<void> {
  await using client = await clientOf(lab);
  await get(client, { ...options, output: parseOutputFormat(options.output) }, io);
}

async function clientOf(lab: string): ReturnType<typeof connect> {
  if ((await daemonOf(lab)) === undefined) throw new CommandError(`lab ${lab} is not up`);
  return connect(pathsOf(lab).kubeconfig);
}

// `npm run demo`: the main job of Fairlead in a lab, step by step, each printed when it has become true.
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { processTerminal, type Terminal } from '../../cli/terminal.ts';
import { KubeClient } from '../../kube/client.ts';
import { untilShutdown } from '../../runtime/shutdown.ts';
import { lockLab } from '../lock.ts';
import { refuseLabName } from '../plan/names.ts';
import { pathsOf, productFolder } from '../state.ts';
import { daemonOf, sweepLab } from '../sweep.ts';
import { requireRoot } from '../verbs/require-tools.ts';
import { up } from '../verbs/up.ts';
import { ADDRESS, caFile, HOST } from './samples.ts';
import type { DemoStep } from './stage.ts';
import { announcement } from './steps/announcement.ts';
import { applyManifests } from './steps/apply-manifests.ts';
import { drainNode } from './steps/drain.ts';
import { gatewayDeleted } from './steps/gateway-deleted.ts';
import { podAdded } from './steps/pod-added.ts';
import { proxyKilled } from './steps/proxy-killed.ts';
import { requests } from './steps/requests.ts';
import { startLab } from './steps/start-lab.ts';
import { statuses } from './steps/statuses.ts';

const STEPS: readonly DemoStep[] = [
  startLab,
  applyManifests,
  statuses,
  announcement,
  requests,
  podAdded,
  proxyKilled,
  drainNode,
  gatewayDeleted,
];
/** Leaves a working shop behind: the manifests once more, and proof that they serve again. */
const AFTERWARDS: readonly DemoStep[] = [applyManifests, announcement, requests];

const SWEEP_TIMEOUT_MS = 10_000;

interface DemoOptions {
  readonly lab: string;
  /** Tear down at the end, and let the exit code say how it went. */
  readonly isCheck: boolean;
}

async function demo(
  { lab, isCheck }: DemoOptions,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  requireRoot();
  await using _ = await lockLab(lab, 'demonstrating');
  if ((await daemonOf(lab)) !== undefined) {
    terminal.out(`removing lab ${lab}, which is still up\n`);
    await sweepLab(lab, signal);
  }
  const record = { name: lab, lbNodes: 2, workers: 2, router: 'frr', nodes: 'plain' } as const;
  try {
    await up({ record, verbose: false, keep: false }, { terminal, signal });
    await tour(isCheck ? STEPS : [...STEPS, ...AFTERWARDS], lab, { terminal, signal });
  } finally {
    // Who interrupts it wants it gone; who sees it fail may want to look.
    if (isCheck || signal.aborted) await sweepLab(lab, AbortSignal.timeout(SWEEP_TIMEOUT_MS));
  }
}

async function tour(
  steps: readonly DemoStep[],
  lab: string,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  await using client = await KubeClient.fromConfig({ kubeconfig: pathsOf(lab).kubeconfig });
  const prove = (claim: string, proof = ''): void => printProof(terminal, claim, proof);
  for (const [index, step] of steps.entries()) {
    terminal.out(`\n${styleText('bold', `${index + 1}. ${step.title}`)}\n`);
    await step.run({ lab, client, signal, prove });
  }
}

function printProof(terminal: Terminal, claim: string, proof: string): void {
  terminal.out(`   ${styleText('green', '✓')} ${claim}\n`);
  if (proof === '') return;
  for (const line of proof.split('\n')) terminal.out(`       ${styleText('dim', line)}\n`);
}

/** Commands to copy: they name the checkout, so they work from everywhere, and sudo where that is how root came about. */
function nextThings(lab: string): string {
  const fairlead = fairleadCommand();
  const option = lab === 'lab' ? '' : ` --name ${lab}`;
  return `
The lab goes on running. Three things to try next:
  ${fairlead} --kubeconfig ${pathsOf(lab).kubeconfig} status
  ${fairlead} lab exec${option} client -- curl -s --cacert ${shellWord(caFile())} --connect-to ::${ADDRESS}: https://${HOST}/checkout
  ${fairlead} lab exec${option} router -- vtysh -c 'show bgp ipv4 unicast'
And at the end: ${fairlead} lab down${option}
`;
}

function fairleadCommand(): string {
  const command = shellWord(join(productFolder(), 'bin/fairlead'));
  return process.env['SUDO_UID'] === undefined ? command : `sudo ${command}`;
}

/** What a shell reads as one word. */
function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function main(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const options = demoOptions(argv);
  if (typeof options === 'string') {
    terminal.error(`demo: ${options}\nusage: npm run demo -- [--check] [--name LAB]`);
    return 2;
  }
  using shutdown = untilShutdown();
  try {
    await demo(options, { terminal, signal: shutdown.signal });
    terminal.out(options.isCheck ? `\nEvery step is true; the lab is gone.\n` : nextThings(options.lab));
    return 0;
  } catch (error) {
    await explain(error, options, { terminal, signal: shutdown.signal });
    return shutdown.signal.aborted ? 130 : 1;
  }
}

/** What was asked for, or why it cannot be. */
function demoOptions(argv: readonly string[]): DemoOptions | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { check: { type: 'boolean', default: false }, name: { type: 'string', default: 'demo' } },
    });
    return refuseLabName(values.name) ?? { lab: values.name, isCheck: values.check };
  } catch (error) {
    return Error.isError(error) ? error.message : String(error);
  }
}

async function explain(
  error: unknown,
  { lab }: DemoOptions,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) {
    terminal.error('\n   interrupted; the lab is gone');
    return;
  }
  terminal.error(`\n   ✗ ${Error.isError(error) ? error.message : String(error)}`);
  if ((await daemonOf(lab)) === undefined) return;
  terminal.error(`   the lab is still there: ${fairleadCommand()} lab status --name ${lab}`);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

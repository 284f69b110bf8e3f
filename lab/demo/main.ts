// `npm run demo`: the main job of Fairlead in a lab, step by step, each printed when it has become true.
import { parseArgs, styleText } from 'node:util';
import { CommandError, processTerminal, type Terminal } from '../../cli/terminal.ts';
import { KubeClient } from '../../kube/client.ts';
import { untilShutdown } from '../../runtime/shutdown.ts';
import { pathsOf } from '../state.ts';
import { daemonOf, sweepLab } from '../sweep.ts';
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

interface DemoOptions {
  readonly lab: string;
  /** Tear down at the end, and let the exit code say how it went. */
  readonly isCheck: boolean;
}

async function demo(
  { lab, isCheck }: DemoOptions,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  // A lab that an earlier demonstration left is in the way of this one.
  if ((await daemonOf(lab)) !== undefined) await sweepLab(lab, signal);
  const record = { name: lab, lbNodes: 2, workers: 2, router: 'frr', nodes: 'plain' } as const;
  try {
    await up({ record, verbose: false, keep: false }, { terminal, signal });
    await using client = await KubeClient.fromConfig({ kubeconfig: pathsOf(lab).kubeconfig });
    const prove = (claim: string, proof = ''): void => printProof(terminal, claim, proof);
    const steps = isCheck ? STEPS : [...STEPS, ...AFTERWARDS];
    for (const [index, step] of steps.entries()) {
      terminal.out(`\n${styleText('bold', `${index + 1}. ${step.title}`)}\n`);
      await step.run({ lab, client, signal, prove });
    }
  } finally {
    if (isCheck) await sweepLab(lab, AbortSignal.timeout(10_000));
  }
  terminal.out(isCheck ? `\nEvery step is true; the lab is gone.\n` : nextThings(lab));
}

function printProof(terminal: Terminal, claim: string, proof: string): void {
  terminal.out(`   ${styleText('green', '✓')} ${claim}\n`);
  if (proof === '') return;
  for (const line of proof.split('\n')) terminal.out(`       ${styleText('dim', line)}\n`);
}

function nextThings(lab: string): string {
  const option = lab === 'lab' ? '' : ` --name ${lab}`;
  return `
The lab goes on running. Three things to try next:
  bin/fairlead --kubeconfig ${pathsOf(lab).kubeconfig} status
  bin/fairlead lab exec${option} client -- curl -s --cacert ${caFile()} --connect-to ::${ADDRESS}: https://${HOST}/checkout
  bin/fairlead lab exec${option} router -- vtysh -c 'show bgp ipv4 unicast'
And at the end: bin/fairlead lab down${option}
`;
}

async function main(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const { values } = parseArgs({
    args: [...argv],
    options: { check: { type: 'boolean', default: false }, name: { type: 'string', default: 'demo' } },
  });
  using shutdown = untilShutdown();
  try {
    await demo({ lab: values.name, isCheck: values.check }, { terminal, signal: shutdown.signal });
    return 0;
  } catch (error) {
    const reason = Error.isError(error) ? error.message : String(error);
    terminal.error(`\n   ✗ ${reason}`);
    if (!values.check && !(error instanceof CommandError)) {
      terminal.error(`   the lab is still there: fairlead lab status --name ${values.name}`);
    }
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

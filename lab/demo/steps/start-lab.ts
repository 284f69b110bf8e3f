// Step 1: every program runs, each as its own process, started as its systemd unit starts it.
import { labStatus } from '../../daemon/control.ts';
import { claim, type DemoStep } from '../stage.ts';

const EXPECTED: readonly (readonly [node: string, unit: string])[] = [
  ['router', 'bgpd'],
  ['api', 'fairlead-apiserver'],
  ['api', 'fairlead-ipam'],
  ...['lb1', 'lb2'].flatMap((node) =>
    ['fairlead-gobgpd', 'fairlead-speaker', 'fairlead-proxy'].map((unit) => [node, unit] as const),
  ),
];

export const startLab: DemoStep = {
  title: 'The lab runs: API server, ipam, and on lb1 and lb2 a gobgpd, a speaker and a proxy',
  run: async ({ lab, prove }) => {
    const { units } = await labStatus(lab);
    for (const [node, name] of EXPECTED) {
      const unit = units.find((candidate) => candidate.node === node && candidate.unit === name);
      claim(unit?.state === 'active', `${name} on ${node} is ${unit?.state ?? 'not there'}`);
    }
    const processes = EXPECTED.map(([node, name]) => {
      const unit = units.find((candidate) => candidate.node === node && candidate.unit === name);
      return `${node.padEnd(7)}${name.padEnd(20)}pid ${unit?.pid}  ${unit?.text ?? ''}`.trimEnd();
    });
    prove('each said by sd_notify that it is ready', processes.join('\n'));
  },
};

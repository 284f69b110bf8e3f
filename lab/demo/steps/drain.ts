// Step 6, third part: planned work on an LB node.
import { drain, undrain } from '../../../cli/commands/drain.ts';
import { summarize } from '../../client/request.ts';
import { ADDRESS } from '../samples.ts';
import { claim, type DemoStep, nextHops, type Stage, until } from '../stage.ts';
import { startLoad } from './load.ts';

const LB2 = '10.10.0.12';
const PER_SECOND = 50;
const TIMEOUT_MS = 30_000;
/** So many answers more before and after each change, or 0 failures would say little. */
const BEFORE_AND_AFTER = PER_SECOND;

export const drainNode: DemoStep = {
  title: `lb2 is drained and taken back under ${PER_SECOND} requests a second: not one fails`,
  run: async (stage) => {
    const load = startLoad(stage.lab, { perSecond: PER_SECOND });
    await load.answers(BEFORE_AND_AFTER, stage.signal);
    const drained = await quietly(stage, drain);
    const hops = await nextHops(stage, ADDRESS);
    claim(hops.join() === '10.10.0.11', `after the drain the next hops are ${hops.join()}`);
    stage.prove('fairlead drain lb2', drained.join('\n'));
    stage.prove(`the router's only next hop is ${hops.join()}`);
    await load.answers(BEFORE_AND_AFTER, stage.signal);
    const undrained = await quietly(stage, undrain);
    await until('lb2 to be a next hop again', { timeoutMs: TIMEOUT_MS, signal: stage.signal }, async () =>
      (await nextHops(stage, ADDRESS)).includes(LB2) ? true : undefined,
    );
    await load.answers(BEFORE_AND_AFTER, stage.signal);
    const { requests, failed, slowestMs } = summarize(await load.stop());
    claim(
      failed.length === 0,
      `${failed.length} of ${requests} requests failed: ${failed[0]?.error || failed[0]?.status}`,
    );
    stage.prove('fairlead undrain lb2: both next hops are back', undrained.join('\n'));
    stage.prove(`${requests} requests, 0 failed`, `slowest ${slowestMs} ms`);
  },
};

/** Runs the command and returns what it printed. */
async function quietly({ client, signal }: Stage, command: typeof drain): Promise<readonly string[]> {
  const lines: string[] = [];
  const take = (text: string): void => void lines.push(text.trimEnd());
  const terminal = { out: take, error: take, interactive: false };
  await command(client, { node: 'lb2', wait: true, timeoutMs: TIMEOUT_MS }, { terminal, signal });
  return lines;
}

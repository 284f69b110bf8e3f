// Step 6, second part: a crash.
import { type RequestReport, summarize } from '../../client/request.ts';
import { labStatus } from '../../daemon/control.ts';
import { signalProcess } from '../../supervise/process-group.ts';
import { ADDRESS } from '../samples.ts';
import { claim, type DemoStep, type Stage, until } from '../stage.ts';
import { startLoad } from './load.ts';
import { watchRoutes } from './route-monitor.ts';

const LIMIT_MS = 1000;
const LB1 = '10.10.0.11';
const PER_SECOND = 50;
/** More than that were never in flight at once. */
const MAX_LOST = 5;
/** So long the client keeps on after the router has moved flows back. */
const AFTERWARDS = 2 * PER_SECOND;

export const proxyKilled: DemoStep = {
  title: 'The proxy of lb1 is killed with SIGKILL: its route goes within a second, and it comes back by itself',
  run: async (stage) => {
    const { pid, restarts } = await proxyOf(stage);
    const load = startLoad(stage.lab, { perSecond: PER_SECOND });
    await load.next(({ status }) => status === 200, stage.signal);
    await using routes = await watchRoutes(stage.lab, ADDRESS);
    const killed = Date.now();
    signalProcess(pid, 'SIGKILL');
    const gone = await until(`lb1's route to be withdrawn`, { timeoutMs: 5000, signal: stage.signal }, async () =>
      routes.changes.find(({ at, nextHops: hops }) => at >= killed && !hops.includes(LB1)),
    );
    claim(gone.at - killed <= LIMIT_MS, `the route was gone after ${gone.at - killed} ms`);
    stage.prove(`withdrawn ${gone.at - killed} ms after the kill`, gone.line);

    const back = await until('lb1 to be a next hop again', { timeoutMs: 15_000, signal: stage.signal }, async () =>
      routes.changes.find(({ at, nextHops }) => at > gone.at && nextHops.includes(LB1)),
    );
    const proxy = await proxyOf(stage);
    claim(proxy.restarts > restarts, 'the proxy was not started again');
    await load.answers(AFTERWARDS, stage.signal);
    const { requests, failed, slowestMs } = summarize(await load.stop());
    // Lost is what was in flight on lb1, or was sent on a kept connection to it before the client heard of its end: until
    // lb1 is back, no other kept connection can break. Nobody else may notice, neither that it went nor that it came back.
    const onLb1 = ({ at, ms, reused }: RequestReport): boolean => reused || at - ms <= gone.at;
    const others = failed.filter((report) => !(onLb1(report) && report.at < back.at));
    claim(others.length === 0, `${others.length} requests that were not on lb1 failed: ${others[0]?.error}`);
    claim(failed.length <= MAX_LOST, `${failed.length} of ${requests} requests failed: ${failed[0]?.error}`);
    stage.prove(
      `back after ${back.at - killed} ms; only requests on its connections were lost`,
      `${requests} requests, ${failed.length} failed, slowest ${slowestMs} ms`,
    );
  },
};

async function proxyOf({ lab }: Stage): Promise<{ readonly pid: number; readonly restarts: number }> {
  const { units } = await labStatus(lab);
  const proxy = units.find(({ node, unit }) => node === 'lb1' && unit === 'fairlead-proxy');
  claim(proxy?.pid !== undefined, 'the proxy of lb1 does not run');
  return { pid: proxy.pid, restarts: proxy.restarts };
}

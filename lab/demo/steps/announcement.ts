// Step 4: open before announce, seen from both sides.
import { ADDRESS } from '../samples.ts';
import { claim, type DemoStep, inNode, nextHops, until } from '../stage.ts';

const TIMEOUT_MS = 10_000;

export const announcement: DemoStep = {
  title: 'Both LB nodes open the listeners and announce the address; the router has two ways',
  run: async (stage) => {
    const wait = { timeoutMs: TIMEOUT_MS, signal: stage.signal };
    const hops = await until(`a route with two next hops for ${ADDRESS} on the router`, wait, async () => {
      const seen = await nextHops(stage, ADDRESS);
      return seen.length === 2 ? seen : undefined;
    });
    claim(hops.join() === '10.10.0.11,10.10.0.12', `the next hops are ${hops.join()}`);
    for (const node of ['lb1', 'lb2']) {
      const sockets = await inNode(stage, node, ['ss', '-Hltn', 'src', ADDRESS]);
      claim(
        sockets.includes(':80 ') && sockets.includes(':443 '),
        `${node} does not listen on 80 and 443:\n${sockets}`,
      );
      const addresses = await inNode(stage, node, ['ip', '-br', 'address', 'show', 'lo']);
      claim(addresses.includes(`${ADDRESS}/32`), `${node} has no ${ADDRESS} on lo`);
    }
    stage.prove('lb1 and lb2 listen on 80 and 443 and have the address on lo');
    const route = await inNode(stage, 'router', ['vtysh', '-c', `show ip route ${ADDRESS}/32`]);
    stage.prove('FRR has one prefix with two ECMP next hops', route.trim());
  },
};

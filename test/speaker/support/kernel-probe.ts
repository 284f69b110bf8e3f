// kernel-probe.ts: exercises the kernel's side in the network namespace that it is started in, and prints what it saw.
import { execFileSync } from 'node:child_process';
import { KernelGuard } from '../../../speaker/apply/kernel-guard.ts';
import { LocalAddresses } from '../../../speaker/apply/local-addresses.ts';
import { planGuard } from '../../../speaker/plan/guard.ts';
import { ip } from './objects.ts';

const { signal } = new AbortController();
const run = (line: string): string => {
  const [command = '', ...args] = line.split(' ');
  return execFileSync(command, args, { encoding: 'utf8' });
};

using addresses = new LocalAddresses();
run('ip address add 203.0.113.99/32 dev lo');
addresses.apply(
  [ip('203.0.113.10'), ip('203.0.113.99'), ip('2001:db8::10')].map((address) => ({ kind: 'add', address })),
);
const added = addresses.observe();
const listing = run('ip -o address show dev lo');
addresses.apply([...added, ip('192.0.2.1')].map((address) => ({ kind: 'remove', address })));
const removed = { ours: addresses.observe(), listing: run('ip -o address show dev lo') };

const guard = new KernelGuard();
const held = [{ address: ip('203.0.113.10'), ports: [80], until: undefined }];
const documents = planGuard(held, { forNodes: [], targets: [] });
const before = await guard.observe(signal);
const applied = await guard.apply(documents, before, signal);
const seen = await guard.observe(signal);
const rules = run('nft list ruleset');
run('nft flush ruleset');
const flushed = await guard.observe(signal);
const restored = await guard.apply(documents, flushed, signal);
const emptied = await guard.apply(planGuard([], { forNodes: [], targets: [] }), restored, signal);
const refusal = await guard
  .apply([{ family: 'IPv4', text: 'nonsense', isEmpty: false }], emptied, signal)
  .catch((error: unknown) => String(error));
const guards = { before, applied, seen, rules, flushed, restored, emptied, refusal, left: run('nft list ruleset') };
process.stdout.write(JSON.stringify({ added, listing, removed, guards }));

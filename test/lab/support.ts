// What the tests of the lab share.
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { inNamespace, namespacesOf, removeNamespace } from '../../lab/network/build.ts';
import { run } from '../../lab/network/children.ts';
import { namespaceOf } from '../../lab/plan/names.ts';
import { namespaceMembers, signalProcess, untilGone } from '../../lab/supervise/process-group.ts';

/** A lab name that nobody else uses. */
export function uniqueLabName(): string {
  return `fl-${randomBytes(4).toString('hex')}`;
}

/** Fails with a clear message where these tests cannot run; they are never skipped. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('the tests of the lab make network namespaces: run them as root');
}

/** Runs a command in a namespace of a lab and returns what it printed. */
export function inNode(lab: string, node: string, argv: readonly string[]): Promise<string> {
  return run(inNamespace(namespaceOf(lab, node), argv));
}

/** Ends all processes in a lab's namespaces and removes those. */
export async function removeNamespaces(lab: string): Promise<void> {
  const namespaces = await namespacesOf(lab);
  for (const pid of await namespaceMembers(namespaces)) signalProcess(pid, 'SIGKILL');
  await untilGone(() => namespaceMembers(namespaces), 5000, new AbortController().signal);
  await Promise.all(namespaces.map(removeNamespace));
}

/** The entries of a folder, none when it does not exist. */
export async function entriesOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted((a, b) => a.localeCompare(b));
}

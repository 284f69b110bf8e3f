// How a lab and its nodes are called. Everything that a lab owns can be found again from these names alone.

const LAB_NAME = /^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$/;
const NODE_NAME = /^(client|router|sw|api|lb[1-9]\d*|w[1-9]\d*|p-[1-9]\d*)$/;

/** Why this cannot be the name of a lab; undefined when it can. Kept short: Unix socket paths hold 107 bytes. */
export function refuseLabName(name: string): string | undefined {
  if (LAB_NAME.test(name)) return undefined;
  return `"${name}" is no lab name: use 1 to 16 lower-case letters, digits and dashes, beginning with a letter`;
}

/** The network namespace of a node: `<lab>-lb1`, and `<lab>-p-7` for the seventh pod. */
export function namespaceOf(lab: string, node: string): string {
  return `${lab}-${node}`;
}

/** Whether a network namespace belongs to this lab, and not to another whose name begins alike. */
export function isNamespaceOf(lab: string, namespace: string): boolean {
  return namespace.startsWith(`${lab}-`) && NODE_NAME.test(namespace.slice(lab.length + 1));
}

/** The node name of a pod's namespace. */
export function podNode(number: number): string {
  return `p-${number}`;
}

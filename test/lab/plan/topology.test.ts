import { describe, expect, test } from '@jest/globals';
import { isNamespaceOf, namespaceOf, refuseLabName } from '../../../lab/plan/names.ts';
import { namespacesBatch, nodeScript, podScript } from '../../../lab/plan/network-script.ts';
import { type LabShape, type NodePlan, planTopology } from '../../../lab/plan/topology.ts';

const shape: LabShape = { name: 'lab', lbNodes: 2, workers: 2, router: 'frr' };

function nodeOf(name: string, of: LabShape = shape): NodePlan {
  const plan = planTopology(of).nodes.find(({ node }) => node === name);
  if (plan === undefined) throw new Error(`the topology has no ${name}`);
  return plan;
}

describe('the topology of a lab', () => {
  test('has client, switch, router, API server, LB nodes and workers at their known addresses', () => {
    const nodes = planTopology(shape).nodes.map(({ node, namespace, address }) => [node, namespace, address]);
    expect(nodes).toEqual([
      ['client', 'lab-client', '192.168.50.2'],
      ['sw', 'lab-sw', undefined],
      ['router', 'lab-router', '10.10.0.1'],
      ['api', 'lab-api', '10.10.0.2'],
      ['lb1', 'lab-lb1', '10.10.0.11'],
      ['lb2', 'lab-lb2', '10.10.0.12'],
      ['w1', 'lab-w1', '10.10.0.21'],
      ['w2', 'lab-w2', '10.10.0.22'],
    ]);
  });

  test('the largest lab has no address twice', () => {
    const { nodes } = planTopology({ ...shape, lbNodes: 9, workers: 99 });
    const addresses = nodes.flatMap(({ addresses: own }) => own.map(({ address }) => address));
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('every cable ends at a device that the node at that end configures', () => {
    const { nodes, cables } = planTopology({ ...shape, lbNodes: 3, workers: 4 });
    const devices = new Set(
      nodes.flatMap(({ namespace, devices: own }) => own.map((device) => `${namespace} ${device}`)),
    );
    const ends = cables.flatMap(({ a, b }) => [a, b]).map(({ namespace, device }) => `${namespace} ${device}`);
    expect(new Set(ends)).toEqual(devices);
    expect(ends.length).toBe(devices.size);
  });

  test('LB nodes and the router know where the pods of each worker are; a worker does not route to itself', () => {
    const podRoutes = (name: string): readonly string[] =>
      nodeOf(name)
        .routes.filter(({ to }) => to.startsWith('10.244.'))
        .map(({ to, via }) => `${to} ${via}`);
    expect(podRoutes('lb1')).toEqual(['10.244.1.0/24 10.10.0.21', '10.244.2.0/24 10.10.0.22']);
    expect(podRoutes('router')).toEqual(podRoutes('lb1'));
    expect(podRoutes('w1')).toEqual(['10.244.2.0/24 10.10.0.22']);
    expect(podRoutes('client')).toEqual([]);
  });

  test('the router hashes flows over its next hops by ports too, and only forwarding nodes forward', () => {
    expect(nodeOf('router').sysctls['net.ipv4.fib_multipath_hash_policy']).toBe('1');
    expect(nodeOf('lb1').sysctls['net.ipv4.ip_forward']).toBe('1');
    expect(nodeOf('client').sysctls['net.ipv4.ip_forward']).toBeUndefined();
  });
});

describe('the commands that build a lab', () => {
  test('make every namespace before the first cable, and never an interface outside of them', () => {
    const lines = namespacesBatch(planTopology(shape)).trim().split('\n');
    const firstCable = lines.findIndex((line) => line.startsWith('link'));
    expect(lines.slice(0, firstCable).every((line) => line.startsWith('netns add lab-'))).toBe(true);
    for (const line of lines.slice(firstCable)) {
      expect(line).toMatch(/^link add dev \S+ netns lab-\S+ type veth peer name \S+ netns lab-\S+$/);
    }
  });

  test('no IPv6 address waits for duplicate detection', () => {
    const script = nodeScript(nodeOf('lb1'));
    expect(script).toContain('address add fd10::11/64 dev eth0 nodad');
    expect(script).toContain('echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad');
  });

  test('a pod gets its own namespace and a route from its worker', () => {
    const script = podScript({ namespace: 'lab-p-3', workerNamespace: 'lab-w1', device: 'p-3', address: '10.244.1.9' });
    expect(script).toContain('ip netns add lab-p-3');
    expect(script).toContain('route add 10.244.1.9/32 dev p-3');
  });
});

describe('names of labs and their namespaces', () => {
  test.each(['lab', 'a', 'ci-2', 'a23456789-123456'])('%s is a lab name', (name) => {
    expect(refuseLabName(name)).toBeUndefined();
  });

  test.each(['', 'Lab', '1lab', 'lab-', 'lab_1', '../x', 'a2345678901234567'])(
    '"%s" is refused with the reason',
    (name) => {
      expect(refuseLabName(name)).toContain('is no lab name');
    },
  );

  test('a lab does not claim the namespaces of another whose name begins alike', () => {
    expect(isNamespaceOf('lab', namespaceOf('lab', 'lb1'))).toBe(true);
    expect(isNamespaceOf('lab', namespaceOf('lab', 'p-12'))).toBe(true);
    for (const other of ['lab-x', 'lab-p', 'lab-lb1']) {
      for (const node of ['client', 'router', 'lb1', 'p-1']) {
        expect(isNamespaceOf('lab', namespaceOf(other, node))).toBe(false);
      }
    }
    expect(isNamespaceOf('lab', 'machine')).toBe(false);
  });
});

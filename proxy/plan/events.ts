// The events that tell a user what is wrong with an object that has no condition for it, or whom nobody reads.
import type { ObjectReference } from '../../api/meta.ts';
import type { ObjectRefusal } from '../snapshot.ts';
import type { Graph } from './nodes.ts';
import { findProblems } from './problems.ts';

export interface ProxyEvent {
  readonly regarding: ObjectReference;
  readonly type: 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly action: 'Route';
}

/** One event for each problem. Whoever records them leaves out those that were recorded before. */
export function planProxyEvents(graph: Graph, refusals: readonly ObjectRefusal[]): readonly ProxyEvent[] {
  return findProblems(graph, refusals).map((problem) => ({ ...problem, type: 'Warning', action: 'Route' }));
}

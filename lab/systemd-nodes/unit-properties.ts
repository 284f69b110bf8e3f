// `systemctl show` as the unit states that the lab speaks of.
import type { UnitResult, UnitState, UnitStatus } from '../plan/unit-state.ts';

/** The properties to ask for. */
export const SHOWN_PROPERTIES = 'Id,ActiveState,SubState,MainPID,NRestarts,StatusText,Result';

const STATES: ReadonlyMap<string, UnitState> = new Map([
  ['active', 'active'],
  ['reloading', 'active'],
  ['activating', 'starting'],
  ['deactivating', 'stopping'],
  ['failed', 'failed'],
]);

const RESULTS: ReadonlyMap<string, UnitResult> = new Map([
  ['success', 'success'],
  ['exit-code', 'exit-code'],
  ['signal', 'signal'],
  ['core-dump', 'signal'],
  ['watchdog', 'watchdog'],
  ['timeout', 'timeout'],
]);

/** Reads the answer: one block of `Key=value` lines per unit, blocks separated by an empty line. */
export function parseUnitProperties(node: string, text: string): readonly UnitStatus[] {
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => unitStatus(node, new Map(block.trim().split('\n').map(splitPair))));
}

function splitPair(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function unitStatus(node: string, properties: ReadonlyMap<string, string>): UnitStatus {
  const pid = Number(properties.get('MainPID') ?? 0);
  return {
    node,
    unit: (properties.get('Id') ?? '').replace(/\.service$/, ''),
    state: unitState(properties),
    pid: pid === 0 ? undefined : pid,
    restarts: Number(properties.get('NRestarts') ?? 0),
    text: properties.get('StatusText') ?? '',
    result: RESULTS.get(properties.get('Result') ?? ''),
  };
}

function unitState(properties: ReadonlyMap<string, string>): UnitState {
  if (properties.get('SubState') === 'auto-restart') return 'restarting';
  return STATES.get(properties.get('ActiveState') ?? '') ?? 'inactive';
}

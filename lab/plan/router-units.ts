// The router's daemons as units, so that the same supervisor runs them.
import type { RouterKind } from './topology.ts';
import type { UnitFile } from './unit-file.ts';

const FRR_FOLDER = '/usr/lib/frr';
/** The default folder of vtysh: inside the router node plain `vtysh` works. */
export const FRR_RUN = '/run/frr';
export const BIRD_RUN = '/run/bird';

/** The daemons of a router, in the order in which they are started. */
export function routerUnits(kind: RouterKind): readonly UnitFile[] {
  switch (kind) {
    case 'frr':
      return [frrDaemon('zebra'), frrDaemon('bgpd')];
    case 'bird':
      return [daemon('bird', ['/usr/sbin/bird', '-f', '-c', `${BIRD_RUN}/bird.conf`, '-s', `${BIRD_RUN}/bird.ctl`])];
    default:
      return kind satisfies never;
  }
}

/** One configuration file per daemon: an integrated one given with `-f` loses blocks of other daemons. */
function frrDaemon(name: 'zebra' | 'bgpd'): UnitFile {
  const options = ['-u', 'frr', '-g', 'frr', '-A', '127.0.0.1', '-P', '0', '--log', 'stdout'];
  return daemon(name, [`${FRR_FOLDER}/${name}`, ...options, '-f', `${FRR_RUN}/${name}.conf`]);
}

function daemon(name: string, argv: readonly string[]): UnitFile {
  return {
    name,
    type: 'simple',
    execStartPre: [],
    execStart: { argv, mayFail: false },
    execStopPost: [],
    restart: 'always',
    restartMs: 100,
    watchdogMs: undefined,
    startTimeoutMs: 10_000,
    stopTimeoutMs: 3000,
    killMode: 'control-group',
    killSignal: 'SIGTERM',
    runtimeDirectories: [],
    stateDirectories: [],
    environment: {},
    environmentFiles: [],
  };
}

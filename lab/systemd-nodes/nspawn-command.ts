// How a node is started: systemd-nspawn in a named network namespace, with a systemd of its own as process 1.

export interface Nspawn {
  readonly machine: string;
  readonly hostname: string;
  readonly root: string;
  /** Path of the network namespace. */
  readonly netns: string;
  /** Control groups that the container must be in before nspawn starts. */
  readonly cgroups: readonly string[];
}

/**
 * nspawn's own system call filter forbids bpf(), and then IPAddressDeny= and DevicePolicy= of units do nothing in
 * silence. Pure cgroup v2 is what a real Debian has. net.* must be writable for the package's sysctl file.
 */
export const NSPAWN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  SYSTEMD_SECCOMP: '0',
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
  SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
};

const ENTER_CGROUPS = 'until [ "$1" = -- ]; do echo $$ >"$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"';

/** The command line. The shell joins the control groups and becomes nspawn, so its pid is nspawn's. */
export function nspawnCommand(nspawn: Nspawn): readonly string[] {
  const enter = ['sh', '-c', ENTER_CGROUPS, 'sh', ...nspawn.cgroups, '--'];
  return [
    ...enter,
    'systemd-nspawn',
    '--quiet',
    `--directory=${nspawn.root}`,
    `--machine=${nspawn.machine}`,
    `--hostname=${nspawn.hostname}`,
    `--network-namespace-path=${nspawn.netns}`,
    '--register=no',
    '--keep-unit',
    '--console=pipe',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    // nspawn takes CAP_NET_ADMIN away from a container with a foreign network namespace.
    '--capability=CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON',
    '--boot',
  ];
}

/** The command that runs `argv` in the node whose init process is named in that file. */
export function insideCommand(initPidFile: string, argv: readonly string[]): readonly string[] {
  const enter = `exec nsenter --target "$(cat ${initPidFile})" --all env -i "$@"`;
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return ['sh', '-c', enter, 'sh', path, 'TERM=dumb', 'LANG=C.UTF-8', ...argv];
}

// A program as a unit would start it: it speaks to its supervisor as its argument says.
import { spawn } from 'node:child_process';
import { SystemdNotifier } from '../../runtime/systemd-notify.ts';

const notifier = SystemdNotifier.fromEnvironment(process.env);
const modes: Readonly<Record<string, () => void>> = {
  /** Ready, and alive for its watchdog. */
  good: () => {
    notifier.ready();
    notifier.status('all is well');
    notifier.start(new AbortController().signal);
    process.once('SIGTERM', () => process.exit(0));
  },
  /** Ready, then its event loop hangs. */
  hangs: () => {
    notifier.ready();
    setTimeout(() => {
      for (;;);
    }, 50);
  },
  /** Ready, with a child that ignores SIGTERM. */
  parent: () => {
    spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
    notifier.ready();
  },
  silent: () => {},
  fails: () => process.exit(3),
};
modes[process.argv[2] ?? '']?.();
setInterval(() => {}, 1000);

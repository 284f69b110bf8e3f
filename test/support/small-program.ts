// A program of the smallest kind, to see how the shell around programs behaves.
import { z } from 'zod';
import { programSettings } from '../../config/program.ts';
import { runProgram } from '../../runtime/run-program.ts';
import { untilAborted } from '../../runtime/sleep.ts';

const schema = z.object({
  ...programSettings({ debugSocket: 'none', metricsAddress: '127.0.0.1:0' }),
  speed: z.number().default(1),
  fail: z.boolean().default(false),
});

process.exitCode = await runProgram(
  {
    name: 'small',
    version: '0',
    summary: 'Waits.',
    schema,
    async main({ settings, notifier }, signal) {
      if (settings.fail) throw new Error('failed as asked');
      notifier.ready();
      const keepAlive = setInterval(() => {}, 1000);
      await untilAborted(signal);
      clearInterval(keepAlive);
    },
  },
  process.argv.slice(2),
);

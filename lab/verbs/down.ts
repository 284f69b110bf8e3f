import type { Terminal } from '../../cli/terminal.ts';
import { isThere, sweepLab } from '../sweep.ts';
import { requireRoot } from './require-tools.ts';

/** `fairlead lab down`: removes every process, namespace and file of a lab, however it ended. */
export async function down(
  lab: string,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<void> {
  requireRoot();
  const wasThere = await isThere(lab);
  await sweepLab(lab, signal);
  terminal.out(wasThere ? `lab ${lab} is gone\n` : `there is no lab ${lab}\n`);
}

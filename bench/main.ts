// `npm run bench -- [NAME...] [--json]`: measures, prints a table (or rows as JSON), asserts nothing.
import { parseArgs } from 'node:util';
import { untilShutdown } from '../runtime/shutdown.ts';
import { benchFirstLight } from './first-light/bench.ts';
import { type BenchRow, formatRows } from './row.ts';

const BENCHMARKS: Readonly<Record<string, (signal: AbortSignal) => Promise<readonly BenchRow[]>>> = {
  'first-light': benchFirstLight,
};

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  });
  const names = positionals.length === 0 ? Object.keys(BENCHMARKS) : positionals;
  const unknown = names.find((name) => BENCHMARKS[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(`no benchmark is called ${unknown}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`);
    return 2;
  }
  using shutdown = untilShutdown();
  const rows: BenchRow[] = [];
  for (const name of names) rows.push(...((await BENCHMARKS[name]?.(shutdown.signal)) ?? []));
  process.stdout.write(values.json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : formatRows(rows));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));

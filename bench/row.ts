// One measured figure, in the form that every benchmark prints.
import { formatTable } from '../cli/table.ts';

export interface BenchRow {
  readonly what: string;
  readonly unit: string;
  /** The median of our runs. */
  readonly ours: number;
  /** All our runs, in the order in which they were made. */
  readonly samples: readonly number[];
  /** The medians of those who were measured beside us in the same run. */
  readonly peers: Readonly<Record<string, number>>;
  /** Ours divided by the best peer; where there is none, ours divided by the reach. */
  readonly ratio: number | undefined;
  /** What is aimed at: a ratio where there are peers, else a value in `unit`. */
  readonly reach: number | undefined;
  readonly met: boolean | undefined;
}

/** A figure that stands alone, against an aim in its own unit (less is better). */
export function rowOf({ what, unit, samples, reach }: Pick<BenchRow, 'what' | 'unit' | 'samples' | 'reach'>): BenchRow {
  const ours = median(samples);
  const ratio = reach === undefined ? undefined : ours / reach;
  return { what, unit, ours, samples, peers: {}, ratio, reach, met: ratio === undefined ? undefined : ratio <= 1 };
}

/** The middle value; of an even number of values the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1];
  if (upper === undefined || lower === undefined) throw new Error('bug: the median of nothing');
  return (lower + upper) / 2;
}

/** The rows as a table for people. */
export function formatRows(rows: readonly BenchRow[]): string {
  return formatTable(
    ['what', 'median', 'min', 'max', 'runs', 'unit', 'reach', 'met'],
    rows.map(({ what, ours, samples, unit, reach, met }) => [
      what,
      formatNumber(ours),
      formatNumber(Math.min(...samples)),
      formatNumber(Math.max(...samples)),
      String(samples.length),
      unit,
      reach === undefined ? '-' : formatNumber(reach),
      met === undefined ? '-' : met ? 'yes' : 'no',
    ]),
  );
}

function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

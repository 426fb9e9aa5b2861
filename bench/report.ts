import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Summary } from './stats.js';

/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly summary: Summary;
  /** To the yardstick of the same run, of the medians if no note says otherwise; left out for the yardstick and where there is none. */
  readonly ratio?: number;
  /** Of a yardstick: how far its rounds are apart, (largest - smallest) / median. A ratio is no more exact than that. */
  readonly spread?: number;
}

/** One measured figure. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** What `ratio` is to. */
  readonly yardstick: string;
  readonly rows: readonly Row[];
  /** What else a reader has to know, one sentence each. */
  readonly notes: readonly string[];
}

/** Title of a column and its cell in a row; a column without any cell is left out. */
const COLUMNS: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
  ['', ({ name }) => name],
  ['median', ({ summary }) => digits(summary.median)],
  ['p99', ({ summary }) => digits(summary.p99)],
  ['min', ({ summary }) => digits(summary.min)],
  ['n', ({ summary }) => String(summary.count)],
  ['spread', ({ spread }) => (spread === undefined ? '' : percent(spread))],
  ['ratio', ({ ratio }) => (ratio === undefined ? '' : ratio.toFixed(2))],
];

/** The figure as text for a terminal, ending in a newline. */
export function renderFigure({ title, unit, yardstick, rows, notes }: Figure): string {
  const columns = COLUMNS.filter(([, cell]) => rows.some((row) => cell(row) !== '')).map(([head, cell]) =>
    aligned([head, ...rows.map(cell)], head === ''),
  );
  const lines = [-1, ...rows.keys()].map((index) => columns.map((cells) => cells[index + 1]).join('  '));
  return [
    `${title}, ${unit} (ratio to ${yardstick})`,
    ...lines.map((line) => `  ${line}`.trimEnd()),
    ...notes.map((note) => `  ${note}`),
    '',
  ].join('\n');
}

/** Cells of one column, as wide as the widest. */
function aligned(cells: readonly string[], left: boolean): string[] {
  const width = Math.max(...cells.map(({ length }) => length));
  return cells.map((cell) => (left ? cell.padEnd(width) : cell.padStart(width)));
}

/** A fraction for people. */
export const percent = (fraction: number): string => `${(100 * fraction).toFixed(0)} %`;

/** About three figures that mean something. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Keeps the results of a complete run, in bench/results/<name>.json. */
export async function record(name: string, results: object): Promise<void> {
  const file = join(__dirname, 'results', `${name}.json`);
  await writeFile(file, `${JSON.stringify(results, rounded, 2)}\n`);
  process.stderr.write(`recorded in ${file}\n`);
}

/** Four figures mean something; more only make the file's history noisy. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

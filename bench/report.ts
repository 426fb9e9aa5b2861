import type { Summary } from './stats.js';

/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly summary: Summary;
  /** Median over the median of the yardstick of the same run; left out for the yardstick itself and where there is none. */
  readonly ratio?: number;
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

const HEAD = ['', 'median', 'p99', 'min', 'n', 'ratio'];

/** The figure as text for a terminal, ending in a newline. */
export function renderFigure(figure: Figure): string {
  const cells = [HEAD, ...figure.rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => aligned(cell, column, widths)).join('  '));
  return [
    `${figure.title}, ${figure.unit} (ratio to ${figure.yardstick})`,
    ...lines.map((line) => `  ${line}`.trimEnd()),
    ...figure.notes.map((note) => `  ${note}`),
    '',
  ].join('\n');
}

function aligned(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function cellsOf({ name, summary, ratio }: Row): string[] {
  const { median, p99, min, count } = summary;
  return [
    name,
    digits(median),
    digits(p99),
    digits(min),
    String(count),
    ratio === undefined ? '' : ratio.toFixed(2),
  ];
}

/** About three figures that mean something. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

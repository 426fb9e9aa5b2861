import { paint, type Colour } from './colour.js';
import { printable } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly colour?: (row: Row) => Colour | undefined;
  /** Only in `--output wide`. */
  readonly wide?: boolean;
}

export interface TableStyle {
  readonly wide: boolean;
  readonly colour: boolean;
}

const GAP = '  ';

/** Rows under their titles, columns aligned, no blanks at the end of a line; an empty cell is `-`. Ends with a newline. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const shown = columns.filter((column) => style.wide || column.wide !== true);
  const cells = rows.map((row) => shown.map((column) => printable(column.value(row)) || '-'));
  const titles = shown.map(({ title }) => title);
  const widths = titles.map((title, at) =>
    cells.reduce((most, row) => Math.max(most, row[at]?.length ?? 0), title.length),
  );
  const line = (texts: readonly string[], colours: readonly (Colour | undefined)[]): string =>
    texts
      .map((text, at) => {
        const padding = at === texts.length - 1 ? '' : ' '.repeat((widths[at] ?? 0) - text.length);
        return (style.colour ? paint(text, colours[at]) : text) + padding;
      })
      .join(GAP);
  const body = rows.map((row, at) =>
    line(
      cells[at] ?? [],
      shown.map((column) => column.colour?.(row)),
    ),
  );
  return [line(titles, []), ...body].map((text) => `${text}\n`).join('');
}

/** `name: value` lines, values aligned; lines after the first of a value stand under it. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = facts.reduce((most, [name]) => Math.max(most, name.length), 0) + 1;
  return facts
    .map(([name, value]) => {
      const lines = value.split('\n').map(printable);
      return `${`${name}:`.padEnd(width)} ${lines.join(`\n${' '.repeat(width + 1)}`)}\n`;
    })
    .join('');
}

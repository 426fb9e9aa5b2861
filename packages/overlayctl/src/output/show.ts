import type { Output } from '../config.js';
import type { Io } from '../io.js';
import { hasColour } from './colour.js';
import type { TableStyle } from './table.js';

/** Something to print: its stable data, and its text for people. */
export interface View {
  readonly data: unknown;
  readonly text: (style: TableStyle) => string;
}

/** Prints a view as `--output` asks: text, JSON with two blanks of indentation, or YAML. */
export async function show(io: Io, output: Output, view: View): Promise<void> {
  io.stdout.write(await format(io, output, view));
}

async function format(io: Io, output: Output, view: View): Promise<string> {
  switch (output) {
    case 'json':
      return `${JSON.stringify(view.data, undefined, 2)}\n`;
    case 'yaml':
      return (await import('yaml')).stringify(view.data);
    case 'table':
    case 'wide':
      return view.text({ wide: output === 'wide', colour: hasColour(io.stdout, io.env) });
  }
}

/** One item of an endless list: a line of JSON, a YAML document, or the text as it is. */
export async function showNext(io: Io, output: Output, view: View): Promise<void> {
  if (output === 'json') io.stdout.write(`${JSON.stringify(view.data)}\n`);
  else io.stdout.write((output === 'yaml' ? '---\n' : '') + (await format(io, output, view)));
}

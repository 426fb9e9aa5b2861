import type { Io } from '../io.js';

/** What the demo shows: headings, lines, commands with their output, and steps with how long they took. */
export class Screen {
  constructor(readonly io: Io) {}

  line(text = ''): void {
    this.io.stdout.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n== ${text}`);
  }

  /** A command as it would be typed, and what it said. */
  command(typed: string, said: string): void {
    this.line(`$ ${typed}`);
    if (said.trim() === '') return;
    for (const text of said.trimEnd().split('\n')) this.line(`  ${text}`.trimEnd());
  }

  /** Shows a piece of work and the seconds it took. @throws when Ctrl-C was pressed, before the work begins. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.io.signal.throwIfAborted();
    const started = performance.now();
    if (this.io.stdout.isTTY === true) this.io.stdout.write(`   ... ${title}\r`);
    const result = await work();
    this.line(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${title}`);
    return result;
  }
}

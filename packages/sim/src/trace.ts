const KEPT = 400;

/** What happened, as lines: the last ones to read, all of them as one number to compare two runs by. */
export class Trace {
  private readonly lines: string[] = [];
  private high = 0x811c_9dc5;
  private low = 0x1b87_3593;
  count = 0;

  add(nowMs: number, text: string): void {
    const line = `${(nowMs / 1000).toFixed(3)} ${text}`;
    this.count += 1;
    this.lines[this.count % KEPT] = line;
    for (let at = 0; at < line.length; at += 1) {
      const code = line.charCodeAt(at);
      this.high = Math.imul(this.high ^ code, 0x0100_0193);
      this.low = Math.imul(this.low ^ code, 0x85eb_ca6b) + this.high;
    }
  }

  /** The last lines, oldest first. */
  last(count: number): readonly string[] {
    const wanted = Math.min(count, this.count, KEPT);
    return Array.from({ length: wanted }, (_, n) => this.lines[(this.count - wanted + 1 + n) % KEPT] ?? '');
  }

  get digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }
}

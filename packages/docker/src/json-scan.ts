/** One member of the outermost object; the offsets are UTF-16 units, ends exclusive. */
interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Where the outermost object and its members are; `open` and `close` are the offsets of its braces. */
export interface ObjectLayout {
  readonly open: number;
  readonly close: number;
  readonly members: readonly Member[];
}

/** What is wrong with a JSON text, and where; line and column count from 1. */
export interface JsonFault {
  readonly what: string;
  readonly line: number;
  readonly column: number;
}

const MAX_DEPTH = 256;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

class Fault extends Error {
  constructor(
    readonly what: string,
    readonly offset: number,
  ) {
    super(what);
  }
}

/** Locates the members of the JSON object that `text` is (RFC 8259; stricter: no second member of one name in the outermost object). */
export function scanObject(text: string): ObjectLayout | JsonFault {
  try {
    return new Scanner(text).document();
  } catch (error) {
    if (error instanceof Fault) return { what: error.what, ...position(text, error.offset) };
    throw error;
  }
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): ObjectLayout {
    if (this.text.startsWith('\uFEFF')) throw this.fault('a byte order mark before the object');
    this.space();
    if (this.at === this.text.length) throw this.fault('an empty file');
    if (this.peek() !== '{') throw this.fault(`${this.seen()} instead of an object`);
    const open = this.at;
    const members = this.object(0);
    const close = this.at - 1;
    this.space();
    if (this.at < this.text.length) throw this.fault(`${this.seen()} after the end of the object`);
    rejectDuplicates(members);
    return { open, close, members };
  }

  private object(depth: number): Member[] {
    return this.sequence('}', () => {
      const keyStart = this.at;
      if (this.peek() !== '"') throw this.fault(`${this.seen()} instead of a name in double quotes`);
      const key = this.string();
      const keyEnd = this.at;
      this.space();
      if (this.peek() !== ':')
        throw this.fault(`${this.seen()} instead of a colon after ${JSON.stringify(key)}`);
      this.at++;
      this.space();
      const valueStart = this.at;
      this.value(depth + 1);
      return { key, keyStart, keyEnd, valueStart, valueEnd: this.at };
    });
  }

  /** The items between the bracket at the current place and `end`. */
  private sequence<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    this.at++;
    this.space();
    while (this.peek() !== end || items.length > 0) {
      if (this.peek() === end) throw this.fault(`a comma before ${end}`);
      items.push(item());
      this.space();
      if (this.peek() === end) break;
      if (this.peek() !== ',') throw this.fault(`${this.seen()} instead of a comma or ${end}`);
      this.at++;
      this.space();
    }
    this.at++;
    return items;
  }

  private value(depth: number): void {
    if (depth > MAX_DEPTH) throw this.fault(`more than ${MAX_DEPTH} levels of nesting`);
    const first = this.peek();
    if (first === '{') this.object(depth);
    else if (first === '[') this.sequence(']', () => this.value(depth + 1));
    else if (first === '"') this.string();
    else if (!this.skip(NUMBER) && !this.skip(LITERAL)) throw this.fault(`${this.seen()} instead of a value`);
  }

  private string(): string {
    const start = this.at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.text.slice(start, end + 1)) as string;
      this.at = end + 1;
      return value;
    } catch {
      throw this.fault('a string that does not end, or with a raw control character or an unknown escape');
    }
  }

  private space(): void {
    this.skip(SPACE);
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.test(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private peek(): string {
    return this.text.charAt(this.at);
  }

  private seen(): string {
    const rest = this.text.slice(this.at, this.at + 2);
    if (rest === '') return 'the end of the file';
    if (rest === '//' || rest === '/*' || rest.startsWith('#')) return 'a comment (JSON has none)';
    return JSON.stringify(rest.charAt(0));
  }

  private fault(what: string): Fault {
    return new Fault(what, this.at);
  }
}

function rejectDuplicates(members: readonly Member[]): void {
  const names = new Set<string>();
  for (const member of members) {
    if (names.has(member.key)) throw new Fault(`a second ${JSON.stringify(member.key)}`, member.keyStart);
    names.add(member.key);
  }
}

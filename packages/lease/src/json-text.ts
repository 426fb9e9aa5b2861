import { OverlayError } from '@overlay/cidr';

import type { Json } from './model.js';

/** A JSON value that still knows its source text: Go decides on the text of a number and on repeated keys. */
export type JsonNode =
  | { readonly kind: 'null' | 'number'; readonly raw: string }
  | { readonly kind: 'boolean'; readonly raw: string; readonly value: boolean }
  | { readonly kind: 'string'; readonly raw: string; readonly value: string }
  | { readonly kind: 'array'; readonly raw: string; readonly items: readonly JsonNode[] }
  | JsonObjectNode;

export interface JsonObjectNode {
  readonly kind: 'object';
  readonly raw: string;
  /** In source order, repeated keys kept. */
  readonly members: readonly (readonly [key: string, value: JsonNode])[];
}

/** What is read and how an error about it is named. */
export interface JsonSource {
  readonly what: string;
  readonly code: string;
  readonly maxLength: number;
}

const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Reads one JSON text as strictly as Go's encoding/json: nothing may follow the value, no comments, no trailing commas.
 * Bounded: `maxLength` UTF-16 units and 64 levels. Throws an OverlayError with the code of the source.
 */
export function readJson(text: string, source: JsonSource): JsonNode {
  if (text.length > source.maxLength) {
    throw new OverlayError(
      source.code,
      `${source.what} is ${text.length} characters long, more than the ${source.maxLength} allowed; shorten it`,
    );
  }
  return new JsonReader(text, source).read();
}

/**
 * The plain value. Of repeated keys the last one counts and takes the place of the last; a later null does not undo an earlier
 * value (Go skips null). A key `__proto__` is left out. Throws when a number does not fit a double.
 */
export function toJson(node: JsonNode, source: JsonSource): Json {
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
    case 'string':
      return node.value;
    case 'number':
      return finite(node.raw, source);
    case 'array':
      return node.items.map((item) => toJson(item, source));
    case 'object':
      return objectToJson(node, source);
  }
}

export function objectToJson(node: JsonObjectNode, source: JsonSource): Record<string, Json> {
  const members = new Map<string, Json>();
  for (const [key, value] of node.members) {
    if (key === '__proto__') continue;
    if (value.kind === 'null' && members.has(key)) continue;
    members.delete(key);
    members.set(key, toJson(value, source));
  }
  return Object.fromEntries(members);
}

function finite(raw: string, source: JsonSource): number {
  const value = Number(raw);
  if (Number.isFinite(value)) return value;
  throw new OverlayError(
    source.code,
    `${source.what} holds the number ${raw}, which is out of range; write a smaller one`,
  );
}

class JsonReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly source: JsonSource,
  ) {}

  read(): JsonNode {
    const value = this.value(0);
    this.match(SPACE);
    if (this.at < this.text.length) throw this.error('nothing may follow the value');
    return value;
  }

  private value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw this.error(`nested deeper than ${MAX_DEPTH} levels`);
    this.match(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      default:
        return this.scalar();
    }
  }

  private object(depth: number): JsonNode {
    const start = this.at++;
    const members: [string, JsonNode][] = [];
    for (let more = !this.take('}'); more; more = this.more('}')) {
      this.match(SPACE);
      if (this.text[this.at] !== '"') throw this.error('expected a key in double quotes');
      const key = this.string().value;
      this.expect(':');
      members.push([key, this.value(depth + 1)]);
    }
    return { kind: 'object', raw: this.text.slice(start, this.at), members };
  }

  private array(depth: number): JsonNode {
    const start = this.at++;
    const items: JsonNode[] = [];
    for (let more = !this.take(']'); more; more = this.more(']')) items.push(this.value(depth + 1));
    return { kind: 'array', raw: this.text.slice(start, this.at), items };
  }

  private string(): Extract<JsonNode, { kind: 'string' }> {
    const start = this.at++;
    let escaped = false;
    for (; this.text[this.at] !== '"'; this.at += 1) {
      const unit = this.text.charCodeAt(this.at);
      if (Number.isNaN(unit)) throw this.error('a string is not closed');
      if (unit < 0x20) throw this.error('a control character in a string must be escaped');
      if (unit !== 0x5c) continue;
      escaped = true;
      this.at += 1;
    }
    this.at += 1;
    const raw = this.text.slice(start, this.at);
    const value = escaped ? this.unescape(raw) : raw.slice(1, -1);
    return { kind: 'string', raw, value: value.replace(LONE_SURROGATE, '\ufffd') };
  }

  private unescape(raw: string): string {
    try {
      return JSON.parse(raw) as string;
    } catch {
      throw this.error('unknown escape in a string');
    }
  }

  private scalar(): JsonNode {
    const literal = this.match(LITERAL);
    if (literal === 'null') return { kind: 'null', raw: literal };
    if (literal !== undefined) return { kind: 'boolean', raw: literal, value: literal === 'true' };
    const raw = this.match(NUMBER);
    if (raw === undefined) throw this.error('expected a JSON value');
    return { kind: 'number', raw };
  }

  private more(close: string): boolean {
    if (this.take(close)) return false;
    this.expect(',');
    return true;
  }

  private expect(mark: string): void {
    if (!this.take(mark)) throw this.error(`expected "${mark}"`);
  }

  private take(mark: string): boolean {
    this.match(SPACE);
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private error(problem: string): OverlayError {
    const where = this.at < this.text.length ? `at character ${this.at + 1}` : 'at its end';
    return new OverlayError(this.source.code, `${this.source.what} is not valid JSON ${where}: ${problem}`);
  }
}

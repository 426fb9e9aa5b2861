import { OverlayError } from '@overlay/cidr';

import type { JsonNode, JsonSource } from './json-text.js';

const MAX_UINT64 = 18446744073709551615n;
const NOT_QUOTES = /^"*|"*$/g;

/**
 * The members of an object as Go's encoding/json decodes them into a struct: a key names the field that equals it without
 * regard to case; every occurrence is decoded in turn, so the last one wins and an earlier bad one still fails; null leaves a
 * boolean, number or string as it was.
 */
export class GoStruct {
  readonly unknown: readonly string[];
  /** Fields that more than one key names. */
  readonly repeated: readonly string[];
  private readonly byField = new Map<string, JsonNode[]>();

  /** `null` decodes as an empty object, like Go's. Throws on any other JSON type. */
  constructor(
    node: JsonNode,
    fields: readonly string[],
    private readonly source: JsonSource,
  ) {
    if (node.kind !== 'object' && node.kind !== 'null') {
      throw new OverlayError(
        source.code,
        `${source.what} must be a JSON object, not ${withArticle(node.kind)}`,
      );
    }
    const names = new Map(fields.map((name) => [fold(name), name]));
    const unknown: string[] = [];
    for (const [key, value] of node.kind === 'object' ? node.members : []) {
      const field = names.get(fold(key));
      if (field === undefined) unknown.push(key);
      else this.add(field, value);
    }
    this.unknown = unknown;
    this.repeated = [...this.byField].filter(([, nodes]) => nodes.length > 1).map(([name]) => name);
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.scalar(name, fallback, (node) =>
      node.kind === 'boolean' ? node.value : this.wrongType(name, node, 'true or false'),
    );
  }

  /** A string, undefined when absent or null. */
  string(name: string): string | undefined {
    return this.scalar<string | undefined>(name, undefined, (node) =>
      node.kind === 'string' ? node.value : this.wrongType(name, node, 'a string'),
    );
  }

  /** Go's uint: digits only, 0 when absent. */
  uint(name: string): number {
    return this.scalar(name, 0, (node) => {
      const whole = node.kind === 'number' && /^\d+$/.test(node.raw) && BigInt(node.raw) <= MAX_UINT64;
      return whole
        ? Number(node.raw)
        : this.wrongType(name, node, 'a whole number, 0 or more, without quotes');
    });
  }

  /** A value Flannel reads from the source text itself, quotes trimmed, escapes and null not interpreted. */
  text<T>(name: string, parse: (text: string) => T): T | undefined {
    return this.scalar<T | undefined>(
      name,
      undefined,
      (node) => this.parsed(name, trimQuotes(node.raw), parse),
      false,
    );
  }

  /** Like `text`, for Go's pointer fields: null means absent. */
  nullableText<T>(name: string, parse: (text: string) => T): T | undefined {
    let result: T | undefined;
    for (const node of this.nodes(name)) {
      result = node.kind === 'null' ? undefined : this.parsed(name, trimQuotes(node.raw), parse);
    }
    return result;
  }

  /** The last value as it is, null included; undefined when absent. */
  raw(name: string): JsonNode | undefined {
    return this.nodes(name).at(-1);
  }

  private add(field: string, value: JsonNode): void {
    const nodes = this.byField.get(field);
    if (nodes === undefined) this.byField.set(field, [value]);
    else nodes.push(value);
  }

  private nodes(name: string): readonly JsonNode[] {
    return this.byField.get(name) ?? [];
  }

  private scalar<T>(name: string, fallback: T, decode: (node: JsonNode) => T, skipNull = true): T {
    let result = fallback;
    for (const node of this.nodes(name)) {
      if (!(skipNull && node.kind === 'null')) result = decode(node);
    }
    return result;
  }

  private parsed<T>(name: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new OverlayError(this.source.code, `${this.source.what}: ${name} is wrong: ${problem}`, {
        cause,
      });
    }
  }

  private wrongType(name: string, node: JsonNode, wanted: string): never {
    const found = node.kind === 'number' ? `the number ${node.raw}` : withArticle(node.kind);
    throw new OverlayError(this.source.code, `${this.source.what}: ${name} must be ${wanted}, not ${found}`);
  }
}

/** The value of a key in a decoded object, its case ignored as Go does; the last of several wins. */
export function goMember<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  const wanted = fold(name);
  return Object.entries(object).findLast(([key]) => fold(key) === wanted)?.[1];
}

/** Simple case folding as Go does it: besides the ASCII letters, the long s and the Kelvin sign equal s and k. */
function fold(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

function trimQuotes(raw: string): string {
  return raw.replace(NOT_QUOTES, '');
}

function withArticle(kind: JsonNode['kind']): string {
  if (kind === 'null') return 'null';
  return kind === 'array' || kind === 'object' ? `an ${kind}` : `a ${kind}`;
}

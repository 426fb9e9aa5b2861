import { isMap, isScalar, isSeq, parseDocument, type Pair } from 'yaml';
import { usageError } from './argv.js';

const LIMIT_BYTES = 64 * 1024;

function texts(value: unknown, key: string): readonly string[] {
  if (isScalar(value) && value.value !== null && typeof value.value !== 'object')
    return [value.source ?? (value.value as string)];
  if (isSeq(value)) return value.items.flatMap((item) => texts(item, key));
  throw usageError(`configuration file: "${key}" must be a text, a number, true, false, or a list of texts`);
}

function entry({ key, value }: Pair): readonly [string, readonly string[]] {
  const name = isScalar(key) ? String(key.value) : '';
  return [name, texts(value, name)];
}

/** Reads /etc/overlay/overlayd.yaml: a map of flag names to values, lists for flags that repeat. */
export function parseConfigFile(content: string): ReadonlyMap<string, readonly string[]> {
  if (Buffer.byteLength(content) > LIMIT_BYTES)
    throw usageError(`configuration file: larger than ${LIMIT_BYTES} bytes`);
  const document = parseDocument(content);
  const problem = document.errors[0];
  if (problem !== undefined)
    throw usageError(`configuration file: ${problem.message.split('\n')[0] ?? 'not YAML'}`);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return new Map();
  if (!isMap(contents)) throw usageError('configuration file: must be a map of flag names to values');
  return new Map(contents.items.map((pair) => entry(pair as Pair)));
}

import fc from 'fast-check';
import { scanObject } from './json-scan.js';

const fault = (text: string) => {
  const found = scanObject(text);
  return 'what' in found ? `${found.line}:${found.column} ${found.what}` : 'no fault';
};

describe('E16 what dockerd and we cannot read is refused with its place', () => {
  it.each([
    ['an empty file', '', '1:1 an empty file'],
    ['white space only', ' \n ', '2:2 an empty file'],
    ['a byte order mark', '\uFEFF{}', '1:1 a byte order mark before the object'],
    [
      'a line comment',
      '{\n  // mtu\n  "mtu": 1\n}',
      '2:3 a comment (JSON has none) instead of a name in double quotes',
    ],
    [
      'a block comment after a value',
      '{"mtu": 1 /* x */}',
      '1:11 a comment (JSON has none) instead of a comma or }',
    ],
    ['a trailing comma', '{\n  "mtu": 1,\n}', '3:1 a comma before }'],
    ['a trailing comma in an array', '{"dns": ["1.1.1.1",]}', '1:20 a comma before ]'],
    ['a duplicate key', '{\r\n"mtu": 1,\r\n "mtu": 2}', '3:2 a second "mtu"'],
    ['a duplicate key, one escaped', '{"mtu":1,"\\u006dtu":2}', '1:10 a second "mtu"'],
    ['two objects', '{}{}', '1:3 "{" after the end of the object'],
    ['an array', '[1]', '1:1 "[" instead of an object'],
    ['null', 'null', '1:1 "n" instead of an object'],
    ['an object that does not end', '{"a": 1', '1:8 the end of the file instead of a comma or }'],
    ['single quotes', "{'a': 1}", '1:2 "\'" instead of a name in double quotes'],
    ['a missing colon', '{"a" 1}', '1:6 "1" instead of a colon after "a"'],
    ['a number like 01', '{"a": 01}', '1:8 "1" instead of a comma or }'],
    ['no value', '{"a":}', '1:6 "}" instead of a value'],
    [
      'a string over two lines',
      '{"a": "x\ny"}',
      '1:7 a string that does not end, or with a raw control character or an unknown escape',
    ],
  ])('%s', (_, text, expected) => {
    expect(fault(text)).toBe(expected);
  });

  it('too deep a nesting is a fault, not a stack overflow', () => {
    expect(fault(`{"a": ${'['.repeat(100_000)}`)).toContain('levels of nesting');
  });
});

describe('scanObject', () => {
  it('agrees with JSON.parse on every text with one outermost object and no duplicate name', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0.5e3',
      '01',
      'true',
      'nul',
      ' ',
      '\r\n',
      '"\\u00e9"',
      '"\\x"',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((pieces) => `{${pieces.join('')}}`),
        (text) => {
          expect('what' in scanObject(text)).toBe(!parses(text));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('finds the name and the value of each member of any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(0, 1, 2, '\t'),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent);
          const layout = scanObject(text);
          if ('what' in layout) throw new Error(layout.what);
          const found = layout.members.map(({ key, valueStart, valueEnd }) => [
            key,
            JSON.parse(text.slice(valueStart, valueEnd)) as unknown,
          ]);
          expect(found).toEqual(Object.entries(JSON.parse(text) as object));
        },
      ),
    );
  });
});

/** True when JSON.parse takes it and no name of the outermost object came twice: it keeps the last, so the count of names tells. */
function parses(text: string): boolean {
  try {
    const names = new Set<string>();
    let duplicate = false;
    JSON.parse(text);
    let depth = 0;
    for (const [token, following] of tokens(text)) {
      if (token === '{' || token === '[') depth++;
      if (token === '}' || token === ']') depth--;
      if (depth === 1 && token.startsWith('"') && following === ':') {
        duplicate ||= names.has(token);
        names.add(token);
      }
    }
    return !duplicate;
  } catch {
    return false;
  }
}

function tokens(text: string): [string, string | undefined][] {
  const all: string[] = text.match(/"[^"]*"|[{}[\],:]/g) ?? [];
  return all.map((token, index) => [token, all[index + 1]]);
}

import fc from 'fast-check';
import { rawMembers, removeMember, setMember } from './json-edit.js';

/** Objects as people write them: any members, indentation and line ends. */
const objects = fc
  .tuple(
    fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 }),
    fc.constantFrom(0, 1, 2, 4, '\t'),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\n', '\r\n', ' \n\n'),
  )
  .map(
    ([object, indent, newline, end]) => JSON.stringify(object, null, indent).replaceAll('\n', newline) + end,
  );

describe('setMember', () => {
  it.each([
    ['{}\n', '{\n  "mtu": 1450\n}\n'],
    ['{ }', '{\n  "mtu": 1450\n}'],
    ['{\r\n}', '{\r\n  "mtu": 1450\r\n}'],
    ['{"debug":true}', '{"debug":true,"mtu":1450}'],
    ['{ "debug": true }', '{ "debug": true, "mtu": 1450 }'],
    ['{\n\t"a": [\n\t\t1\n\t],\n\t"b": {}\n}\n', '{\n\t"a": [\n\t\t1\n\t],\n\t"b": {},\n\t"mtu": 1450\n}\n'],
    ['{\r\n    "a" : 1\r\n}\r\n', '{\r\n    "a" : 1,\r\n    "mtu" : 1450\r\n}\r\n'],
    ['{"mtu":   1500 , "a": 1}', '{"mtu":   1450 , "a": 1}'],
  ])('%j becomes %j', (before, after) => {
    expect(setMember(before, 'mtu', '1450')).toBe(after);
  });

  it('keeps every other member byte for byte and in its place', () => {
    fc.assert(
      fc.property(objects, fc.string({ minLength: 1, maxLength: 8 }), fc.jsonValue(), (text, key, value) => {
        const raw = JSON.stringify(value);
        const before = [...rawMembers(text)];
        const after = [...rawMembers(setMember(text, key, raw))];
        const expected = before.some(([name]) => name === key)
          ? before.map(([name, old]) => [name, name === key ? raw : old])
          : [...before, [key, raw]];
        expect(after).toEqual(expected);
      }),
    );
  });

  it('changes nothing outside the value of a member it knows', () => {
    fc.assert(
      fc.property(objects, fc.nat(), (text, pick) => {
        const members = [...rawMembers(text)];
        const [key, raw] = members[pick % Math.max(1, members.length)] ?? ['x', undefined];
        if (raw !== undefined) expect(setMember(setMember(text, key, '"other"'), key, raw)).toBe(text);
      }),
    );
  });
});

describe('removeMember', () => {
  it.each([
    ['{"a": 1, "b": 2, "c": 3}', 'a', '{"b": 2, "c": 3}'],
    ['{"a": 1, "b": 2, "c": 3}', 'b', '{"a": 1, "c": 3}'],
    ['{"a": 1, "b": 2, "c": 3}', 'c', '{"a": 1, "b": 2}'],
    ['{\n  "a": 1\n}\n', 'a', '{}\n'],
    ['{"a": 1}', 'x', '{"a": 1}'],
  ])('from %j %s leaves %j', (before, key, after) => {
    expect(removeMember(before, key)).toBe(after);
  });

  it('undoes setMember byte for byte in any object that has a member', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }), (text, keys) => {
        const members = rawMembers(text);
        const added = [...new Set(keys)].filter((key) => !members.has(key));
        fc.pre(members.size > 0);
        const larger = added.reduce((current, key) => setMember(current, key, '{"x": [1]}'), text);
        expect(added.reduce((current, key) => removeMember(current, key), larger)).toBe(text);
      }),
    );
  });
});

import fc from 'fast-check';
import { JsonStream } from './json-stream.js';

const LIMIT = 1 << 20;
const feed = (stream: JsonStream, ...texts: string[]): unknown[] =>
  texts.flatMap((text) => stream.push(Buffer.from(text)));

test('messages come whole however the bytes are cut', () => {
  const message = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat({ max: 40 })), (messages, cuts) => {
      const bytes = Buffer.from(messages.map((value) => JSON.stringify(value)).join(''));
      const stream = new JsonStream(LIMIT);
      const found: unknown[] = [];
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        found.push(...stream.push(bytes.subarray(start, start + cut)));
        start += cut;
      }
      expect(found).toEqual(messages.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
    }),
  );
});

test('brackets and quotes inside text end nothing', () => {
  const text = '{"a":"}]{[\\"\\\\","b":["}"]}';
  expect(feed(new JsonStream(LIMIT), text)).toEqual([JSON.parse(text)]);
});

test('space between messages is passed over, anything else is OVL_OVS_PROTOCOL', () => {
  expect(feed(new JsonStream(LIMIT), ' {} \r\n\t{}')).toEqual([{}, {}]);
  for (const text of ['hello', '{}x', '}', '"x"', '{"a":}', '{]'])
    expect(() => feed(new JsonStream(LIMIT), text)).toThrow(
      expect.objectContaining({ code: 'OVL_OVS_PROTOCOL' }) as Error,
    );
});

test('a message longer than the limit is refused before it is complete', () => {
  const stream = new JsonStream(10);
  expect(feed(stream, '{"a":1}', '{"a":')).toEqual([{ a: 1 }]);
  expect(() => feed(stream, '"0123456789')).toThrow('longer than 10 bytes');
});

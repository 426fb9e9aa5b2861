import { renderFacts, renderTable, type Column } from './table.js';

const COLUMNS: readonly Column<{ a: string; b: string }>[] = [
  { title: 'A', value: ({ a }) => a, colour: () => 'red' },
  { title: 'LONG', value: ({ b }) => b },
  { title: 'MORE', value: () => 'x', wide: true },
];
const ROWS = [
  { a: 'wider', b: '' },
  { a: 'w', b: 'z' },
];

test('columns align, an empty cell is a dash, no line ends with a blank', () => {
  expect(renderTable(COLUMNS, ROWS, { wide: false, colour: false })).toBe(
    'A      LONG\nwider  -\nw      z\n',
  );
});

test('wide adds its columns', () => {
  expect(renderTable(COLUMNS, ROWS, { wide: true, colour: false }).split('\n')[0]).toBe('A      LONG  MORE');
});

test('colour does not move the columns', () => {
  const plain = renderTable(COLUMNS, ROWS, { wide: true, colour: false });
  const coloured = renderTable(COLUMNS, ROWS, { wide: true, colour: true });
  expect(coloured).toContain('\u001b[31mw\u001b[0m');
  // eslint-disable-next-line no-control-regex
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('C16 a hostile cell cannot steer the terminal or start a line', () => {
  const text = renderTable(COLUMNS, [{ a: '\u001b[2Jx\n\u202ey', b: '' }], { wide: false, colour: false });
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toContain('\\u001b[2Jx\\u000a\\u202ey');
});

test('facts align and further lines stand under the first', () => {
  expect(
    renderFacts([
      ['a', '1'],
      ['longer', '2\n3'],
    ]),
  ).toBe('a:      1\nlonger: 2\n        3\n');
});

import { FLAGS } from './config/flags.js';
import { helpText } from './help.js';

test.each(FLAGS.filter(({ ignored }) => ignored === undefined).map(({ name }) => name))(
  '--%s is in the help text, with a sentence',
  (name) => {
    expect(helpText()).toMatch(new RegExp(`^  --${name}( .*)?\\n {8}\\S.{8,}`, 'm'));
  },
);

test('ignored flags are not in the help text', () => {
  for (const { name } of FLAGS.filter(({ ignored }) => ignored !== undefined))
    expect(helpText()).not.toMatch(new RegExp(`^  --${name}\\b`, 'm'));
});

test('defaults and choices are shown', () => {
  expect(helpText()).toContain('(default /atomic.io/network)');
  expect(helpText()).toContain('--docker off|daemon-json|network');
});

test('every flag has one name', () => {
  const names = FLAGS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

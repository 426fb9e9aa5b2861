import { loadCommand } from './command-loaders.js';
import { COMMANDS, GROUPS } from './command-table.js';

const WORDS = [
  ...GROUPS.flatMap(({ name, commands }) => commands.map((command) => `${name} ${command.name}`)),
  ...COMMANDS.map(({ name }) => name),
];

test.each(WORDS)('%s has its code', async (words) => {
  expect(typeof (await loadCommand(words))).toBe('function');
});

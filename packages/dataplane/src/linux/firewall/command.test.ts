import { commandRunner, findTool } from './command.js';

const run = commandRunner([], 5000);

test('a tool is found by its absolute path in the fixed directories', () => {
  expect(findTool('sh')).toMatch(/^\/.*\/sh$/);
  expect(findTool('/opt/x')).toBe('/opt/x');
  expect(findTool('no-such-tool')).toBeUndefined();
});

test("code, output and the environment are the child's own", async () => {
  const result = await run(
    [findTool('sh')!, '-c', 'cat; echo "$LC_ALL $HOME." ; echo bad >&2; exit 3'],
    'in ',
  );
  expect(result).toEqual({ code: 3, stdout: 'in C .\n', stderr: 'bad' });
});

test('a tool that cannot be started is code 127', async () => {
  expect(await run(['/no/such/tool'])).toMatchObject({ code: 127, stdout: '' });
});

test('a child that takes too long is killed', async () => {
  expect(await commandRunner([], 50)([findTool('sleep')!, '60'])).toMatchObject({ code: null });
});

test('a prefix comes before every command', async () => {
  expect(await commandRunner(['env', 'A=b'], 5000)([findTool('sh')!, '-c', 'echo $A'])).toMatchObject({
    stdout: 'b\n',
  });
});

import { answered, commandRunner, findTool } from './command.js';

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

test('a child that ends well without all of its input is code 127; one that fails has its own code', async () => {
  const much = 'x'.repeat(4_000_000);
  const [well, ill] = await Promise.all(
    ['exec 0<&-; sleep 0.2', 'exec 0<&-; exit 2'].map((line) => run([findTool('sh')!, '-c', line], much)),
  );
  expect(well).toMatchObject({ code: 127, stderr: expect.stringMatching(/EPIPE|ECONNRESET/) as string });
  expect(ill).toMatchObject({ code: 2 });
  expect(await run([findTool('true')!])).toMatchObject({ code: 0 });
});

test('a tool has answered when it ended by itself', () => {
  expect([0, 1, 127, null].map((code) => answered({ code }))).toEqual([true, true, false, false]);
});

test('a child that takes too long is killed', async () => {
  expect(await commandRunner([], 50)([findTool('sleep')!, '60'])).toMatchObject({ code: null });
});

test('a prefix comes before every command', async () => {
  expect(await commandRunner(['env', 'A=b'], 5000)([findTool('sh')!, '-c', 'echo $A'])).toMatchObject({
    stdout: 'b\n',
  });
});

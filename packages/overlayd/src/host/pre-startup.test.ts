import type { OverlayError } from '@overlay/cidr';
import { runPreStartup } from './pre-startup.js';

test('the output is both streams, trimmed', async () => {
  expect(await runPreStartup('echo -n   hello-   $WHO ', { WHO: 'h1' })).toBe('hello- h1');
  expect(await runPreStartup('true', {})).toBe('');
  expect(await runPreStartup('env', { A: '1' })).toMatch(/(^|\n)A=1($|\n)/);
  expect(await runPreStartup('dd if=/dev/null of=/dev/null', {})).toMatch(/records in/);
});

test.each([
  ['false', 'exit code 1'],
  ['ls /no/such/path', 'No such file or directory'],
  ['no-such-program x', 'not found'],
  ['head -c 70000 /dev/zero', '64 KiB'],
])('%s is OVL_EXTENSION_COMMAND and says why: %s', async (command, reason) => {
  const failure = runPreStartup(command, {});
  await expect(failure).rejects.toThrow(
    expect.objectContaining({ code: 'OVL_EXTENSION_COMMAND' }) as OverlayError,
  );
  await expect(failure).rejects.toThrow(reason);
});

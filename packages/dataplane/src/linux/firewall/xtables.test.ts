import type { CommandResult, RunCommand } from './command.js';
import { openXtables } from './xtables.js';

const NOT_STARTED: CommandResult = { code: 127, stdout: '', stderr: 'Error: spawn EAGAIN' };
const said = (stdout: string, stderr = ''): CommandResult => ({ code: 0, stdout, stderr });

/** Both variants are installed, and plain iptables is the one of nft. */
const find = (name: string): string => `/sbin/${name}`;
const RULES = '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';

/** Answers by the command without its folder; each command listed in `fails` fails as told, once. */
function tools(fails: Readonly<Record<string, CommandResult>>): RunCommand & { readonly asked: string[] } {
  const left = new Map(Object.entries(fails));
  const asked: string[] = [];
  const run: RunCommand = ([tool = '', ...args]) => {
    const command = [tool.replace('/sbin/', ''), ...args].join(' ');
    asked.push(command);
    const failure = left.get(command);
    left.delete(command);
    if (failure !== undefined) return Promise.resolve(failure);
    if (command.endsWith('--version')) return Promise.resolve(said('iptables-save v1.8.9 (nf_tables)'));
    return Promise.resolve(said(RULES, command.includes('nft') ? '# Warning: legacy tables present' : ''));
  };
  return Object.assign(run, { asked });
}

test('the variant is asked for once', async () => {
  const run = tools({});
  const iptables = openXtables(4, run, find);
  expect(await Promise.all([iptables.preferred(), iptables.preferred()])).toEqual(['nft', 'nft']);
  await iptables.preferred();
  expect(run.asked).toEqual(['iptables-save --version']);
});

test('D21 E08 a variant that could not be asked for is not guessed, and asked for again', async () => {
  const iptables = openXtables(4, tools({ 'iptables-save --version': NOT_STARTED }), find);
  await expect(iptables.preferred()).rejects.toMatchObject({
    code: 'OVL_FIREWALL_READ',
    message: expect.stringContaining('EAGAIN') as string,
  });
  expect(await iptables.preferred()).toBe('nft');
});

test('D21 E08 a variant whose rules could not be read is not taken for one without rules, but for one that the kernel lacks', async () => {
  const killed = { ...NOT_STARTED, code: null };
  for (const failure of [NOT_STARTED, killed]) {
    const iptables = openXtables(4, tools({ 'iptables-legacy-save': failure }), find);
    await expect(iptables.read()).rejects.toMatchObject({ code: 'OVL_FIREWALL_READ' });
    expect(Object.keys((await iptables.read()).rulesets)).toEqual(['nft', 'legacy']);
  }
  const lacking = { code: 1, stdout: '', stderr: 'modprobe: FATAL: Module ip_tables not found' };
  const { rulesets } = await openXtables(4, tools({ 'iptables-legacy-save': lacking }), find).read();
  expect(Object.keys(rulesets)).toEqual(['nft']);
});

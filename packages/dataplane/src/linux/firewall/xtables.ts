import { OverlayError } from '@overlay/cidr';
import type { Variant } from '../../firewall/facts.js';
import { parseSave, type Ruleset } from '../../firewall/ruleset.js';
import { findTool, type CommandResult, type RunCommand } from './command.js';

/** Seconds `iptables-restore -w` waits for the lock; the caller comes back later rather than wait longer. */
const LOCK_WAIT_SECONDS = '5';
/** Exit code of the xtables tools for a resource problem: the lock is held (xtables.h, RESOURCE_PROBLEM). */
const RESOURCE_PROBLEM = 4;

interface Tools {
  readonly save: string;
  readonly restore: string;
}

type Readings = Partial<Record<Variant, Ruleset>>;

/** iptables or ip6tables of one network namespace, in whichever variants are installed. */
export interface Xtables {
  /** Which variant the plain name means; `absent` when nothing is installed. */
  preferred(): Promise<Variant | 'absent'>;
  /** One `-save` of the preferred variant, and of the other one only if it can hold rules. */
  read(): Promise<Readings>;
  /** One `-restore --noflush`; atomic per table. */
  restore(variant: Variant, payload: string): Promise<void>;
}

/** @param family 4 for iptables, 6 for ip6tables */
export function openXtables(family: 4 | 6, run: RunCommand): Xtables {
  const base = family === 4 ? 'iptables' : 'ip6tables';
  const plain = findTool(`${base}-save`);
  let known: Promise<Variant | 'absent'> | undefined;
  const preferred = (): Promise<Variant | 'absent'> =>
    (known ??= plain === undefined ? Promise.resolve('absent') : variantOf(run, plain));
  const tools = async (variant: Variant): Promise<Tools | undefined> => {
    const own = findPair(`${base}-${variant}`);
    return own ?? ((await preferred()) === variant ? findPair(base) : undefined);
  };
  return {
    preferred,
    async read() {
      const variant = await preferred();
      return variant === 'absent' ? {} : readVariants(run, variant, tools);
    },
    async restore(variant, payload) {
      const pair = await tools(variant);
      if (pair === undefined)
        throw new OverlayError(
          'OVL_FIREWALL_ABSENT',
          `${base}-${variant} is not installed: install iptables`,
        );
      const argv = [pair.restore, '--noflush', '-w', LOCK_WAIT_SECONDS];
      check(await run(argv, payload), pair.restore, 'OVL_FIREWALL_WRITE');
    },
  };
}

function findPair(base: string): Tools | undefined {
  const save = findTool(`${base}-save`);
  const restore = findTool(`${base}-restore`);
  return save === undefined || restore === undefined ? undefined : { save, restore };
}

/** `iptables-save v1.8.9 (nf_tables)`, `... (legacy)`; before 1.8 there was only legacy and no word. */
async function variantOf(run: RunCommand, save: string): Promise<Variant> {
  const { stdout } = await run([save, '--version']);
  return stdout.includes('nf_tables') ? 'nft' : 'legacy';
}

async function readVariants(
  run: RunCommand,
  preferred: Variant,
  tools: (variant: Variant) => Promise<Tools | undefined>,
): Promise<Readings> {
  const main = await tools(preferred);
  if (main === undefined) return {};
  const first = check(await run([main.save]), main.save, 'OVL_FIREWALL_READ');
  refuseIncompatible(first.stdout + first.stderr, main.save);
  const readings: Readings = { [preferred]: parseSave(first.stdout) };
  // iptables-nft says when the kernel has legacy tables as well; legacy knows nothing of nft.
  if (preferred === 'nft' && !first.stderr.includes('legacy tables present')) return readings;
  const other = preferred === 'nft' ? 'legacy' : 'nft';
  const pair = await tools(other);
  if (pair === undefined) return readings;
  const second = await run([pair.save]);
  return second.code === 0 ? { ...readings, [other]: parseSave(second.stdout) } : readings;
}

/** iptables-nft cannot show a table with native rules in it: what is in it can be neither compared nor kept. */
function refuseIncompatible(output: string, tool: string): void {
  const table = /Table `(raw|nat|filter)' is incompatible/.exec(output)?.[1];
  if (table === undefined) return;
  throw new OverlayError(
    'OVL_FIREWALL_INCOMPATIBLE',
    `${tool} cannot read table ${table}, which holds native nftables rules: move those to a table of another name`,
  );
}

function check(result: CommandResult, tool: string, code: string): CommandResult {
  if (result.code === 0) return result;
  if (result.code === RESOURCE_PROBLEM && result.stderr.includes('xtables lock')) {
    throw new OverlayError(
      'OVL_FIREWALL_LOCKED',
      `${tool}: another program holds the xtables lock; tried again at the next pass`,
    );
  }
  throw new OverlayError(code, `${tool} failed (${result.code ?? 'killed'}): ${result.stderr.slice(0, 500)}`);
}

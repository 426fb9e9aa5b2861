import { OverlayError } from '@overlay/cidr';
import type { FamilyReading, Variant } from '../../firewall/facts.js';
import { parseSave, unreadableTables } from '../../firewall/ruleset.js';
import { answered, findTool, Unanswered, type CommandResult, type RunCommand } from './command.js';

/** Seconds `iptables-restore -w` waits for the lock; the caller comes back later rather than wait longer. */
const LOCK_WAIT_SECONDS = '5';
/** Exit code of the xtables tools for a resource problem: the lock is held (xtables.h, RESOURCE_PROBLEM). */
const RESOURCE_PROBLEM = 4;

type FindTool = (name: string) => string | undefined;

interface Tools {
  readonly save: string;
  readonly restore: string;
}

type Readings = Required<Pick<FamilyReading, 'rulesets' | 'unreadable'>>;

const NOTHING: Readings = { rulesets: {}, unreadable: {} };

/** iptables or ip6tables of one network namespace, in whichever variants are installed. */
export interface Xtables {
  /** Which variant the plain name means; `absent` when nothing is installed. */
  preferred(): Promise<Variant | 'absent'>;
  /**
   * One `-save` of the preferred variant, and of the other one only if it can hold rules. Rejects with OVL_FIREWALL_READ, and with
   * OVL_FIREWALL_INCOMPATIBLE for a table without which nothing can be decided.
   */
  read(): Promise<Readings>;
  /** One `-restore --noflush`; atomic per table. */
  restore(variant: Variant, payload: string): Promise<void>;
}

/**
 * @param family 4 for iptables, 6 for ip6tables
 * @param find absolute path of a tool
 */
export function openXtables(family: 4 | 6, run: RunCommand, find: FindTool = findTool): Xtables {
  const base = family === 4 ? 'iptables' : 'ip6tables';
  const preferred = rememberedVariant(run, find(`${base}-save`));
  const tools = async (variant: Variant): Promise<Tools | undefined> => {
    const own = findPair(find, `${base}-${variant}`);
    return own ?? ((await preferred()) === variant ? findPair(find, base) : undefined);
  };
  return {
    preferred,
    async read() {
      const variant = await preferred();
      return variant === 'absent' ? NOTHING : readVariants(run, variant, tools);
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

/** Asked once; an answer that did not come is asked for again. */
function rememberedVariant(run: RunCommand, save: string | undefined): () => Promise<Variant | 'absent'> {
  if (save === undefined) return () => Promise.resolve('absent');
  let known: Promise<Variant> | undefined;
  return () =>
    (known ??= variantOf(run, save).catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
}

function findPair(find: FindTool, base: string): Tools | undefined {
  const save = find(`${base}-save`);
  const restore = find(`${base}-restore`);
  return save === undefined || restore === undefined ? undefined : { save, restore };
}

/** `iptables-save v1.8.9 (nf_tables)`, `... (legacy)`; before 1.8 there was only legacy and no word. */
async function variantOf(run: RunCommand, save: string): Promise<Variant> {
  const result = await run([save, '--version']);
  if (!answered(result)) check(result, save, 'OVL_FIREWALL_READ');
  return result.stdout.includes('nf_tables') ? 'nft' : 'legacy';
}

async function readVariants(
  run: RunCommand,
  preferred: Variant,
  tools: (variant: Variant) => Promise<Tools | undefined>,
): Promise<Readings> {
  const main = await tools(preferred);
  if (main === undefined) return NOTHING;
  const first = check(await run([main.save]), main.save, 'OVL_FIREWALL_READ');
  const readings = readingOf(preferred, first);
  refuseBlindness(readings.unreadable[preferred], main.save);
  // iptables-nft says when the kernel has legacy tables as well; legacy knows nothing of nft.
  if (preferred === 'nft' && !first.stderr.includes('legacy tables present')) return readings;
  const other = preferred === 'nft' ? 'legacy' : 'nft';
  const pair = await tools(other);
  if (pair === undefined) return readings;
  const second = await run([pair.save]);
  // Where the kernel lacks that variant, it says so.
  if (!answered(second)) check(second, pair.save, 'OVL_FIREWALL_READ');
  if (second.code !== 0) return readings;
  const { rulesets, unreadable } = readingOf(other, second);
  return {
    rulesets: { ...readings.rulesets, ...rulesets },
    unreadable: { ...readings.unreadable, ...unreadable },
  };
}

function readingOf(variant: Variant, { stdout, stderr }: CommandResult): Readings {
  return {
    rulesets: { [variant]: parseSave(stdout) },
    unreadable: { [variant]: unreadableTables(`${stdout}\n${stderr}`) },
  };
}

/** What is in these can be neither compared nor kept, and what Docker made of them decides where our rules go. */
const DECISIVE = ['raw', 'nat', 'filter'];

function refuseBlindness(unreadable: readonly string[] = [], tool: string): void {
  const table = unreadable.find((one) => DECISIVE.includes(one));
  if (table !== undefined) throw incompatible(tool, table);
}

/** iptables-nft cannot show a table with native rules in it. */
export function incompatible(tool: string, table: string): OverlayError {
  return new OverlayError(
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
  throw new OverlayError(
    code,
    `${tool} failed (${result.code ?? 'killed'}): ${result.stderr.slice(0, 500)}`,
    answered(result) ? {} : { cause: new Unanswered(tool) },
  );
}

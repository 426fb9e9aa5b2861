import { diffChains, diffClamp, type Restore } from '../../firewall/diff.js';
import { chooseVariant, type FamilyReading, type Variant } from '../../firewall/facts.js';
import type { FirewallState, NftTable, OwnedChain } from '../../firewall/model.js';
import { nftTableName } from '../../firewall/names.js';
import { replaceTable } from '../../firewall/nft.js';
import type { Nftables } from './nftables.js';
import { incompatible, type Xtables } from './xtables.js';

const FAMILIES = [4, 6] as const;

export interface Tools {
  readonly 4: Xtables;
  readonly 6: Xtables;
  readonly nft: Nftables;
}

/** The firewall as it was found. A family that could not be read is only in `errors`. */
export interface Host {
  readonly readings: readonly FamilyReading[];
  readonly nftTables: readonly string[];
  readonly errors: readonly unknown[];
}

/** One transaction that is due. */
export interface Write {
  /** `iptables filter`, `nft ip overlay-default` */
  readonly names: readonly string[];
  /** For a person. */
  readonly lines: readonly string[];
  /** What that means where it cannot be written: traffic does without. */
  readonly without?: string;
  run(): Promise<void>;
}

/** @param required families whose failure is an error; without IPv6 traffic a broken ip6tables is nobody's concern */
export async function readHost(tools: Tools, required: readonly (4 | 6)[]): Promise<Host> {
  const errors: unknown[] = [];
  const nftTables = await tools.nft.tables().catch((error: unknown) => {
    errors.push(error);
    return [];
  });
  const settled = await Promise.allSettled(FAMILIES.map((family) => readFamily(tools, family, nftTables)));
  const readings = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  settled.forEach((result, index) => {
    if (result.status === 'rejected' && required.some((family) => family === FAMILIES[index]))
      errors.push(result.reason);
  });
  return { readings, nftTables, errors };
}

async function readFamily(tools: Tools, family: 4 | 6, nftTables: readonly string[]): Promise<FamilyReading> {
  const [found, preferred] = await Promise.all([tools[family].read(), tools[family].preferred()]);
  const dockerTable = family === 4 ? 'ip docker-bridges' : 'ip6 docker-bridges';
  const reading = { family, ...found, preferred, nftTables };
  return nftTables.includes(dockerTable)
    ? { ...reading, dockerBridges: await tools.nft.list(dockerTable) }
    : reading;
}

/** What must be written so that the instance's chains and tables are exactly those of the state. */
export async function findWrites(
  tools: Tools,
  host: Host,
  instance: string,
  state: FirewallState,
): Promise<readonly Write[]> {
  return [
    ...(await tableWrites(tools.nft, host, instance, state.tables)),
    ...host.readings.flatMap((reading) => chainWrites(tools[reading.family], reading, instance, state)),
  ];
}

/** Where a write goes. */
interface Place {
  readonly xtables: Xtables;
  readonly family: 4 | 6;
  readonly variant: Variant;
}

/** The variant without Docker's rules gets none of ours, and loses those it has. */
function chainWrites(
  xtables: Xtables,
  reading: FamilyReading,
  instance: string,
  state: FirewallState,
): readonly Write[] {
  const { family } = reading;
  const chosen = chooseVariant(reading);
  return (['nft', 'legacy'] as const).flatMap((variant) => {
    const rules = reading.rulesets[variant];
    if (rules === undefined) return [];
    const place: Place = { xtables, family, variant };
    const isOurs = (chain: OwnedChain): boolean => variant === chosen && chain.family === family;
    const isHidden = ({ table }: OwnedChain): boolean =>
      reading.unreadable?.[variant]?.includes(table) === true;
    const wanted = state.chains.filter(isOurs);
    const clamp = state.clamps.find(isOurs);
    const needless = clamp === undefined ? {} : { without: WITHOUT_CLAMP };
    const clampWrites =
      clamp !== undefined && isHidden(clamp)
        ? [refusedWrite(place, clamp)]
        : restoreWrites(place, diffClamp(instance, clamp, rules));
    return [
      ...restoreWrites(
        place,
        diffChains(
          instance,
          wanted.filter((chain) => !isHidden(chain)),
          rules,
        ),
      ),
      ...wanted.filter(isHidden).map((chain) => refusedWrite(place, chain)),
      ...clampWrites.map((write) => ({ ...write, ...needless })),
    ];
  });
}

const WITHOUT_CLAMP =
  'TCP segments are not kept within the MTU of the overlay, so containers with a larger one rely on the messages that say so';

const baseOf = (family: 4 | 6): string => (family === 4 ? 'iptables' : 'ip6tables');

function restoreWrites({ xtables, family, variant }: Place, { tables, payload }: Restore): readonly Write[] {
  if (tables.length === 0) return [];
  const base = baseOf(family);
  return [
    {
      names: tables.map((table) => `${base} ${table}`),
      lines: [`# ${base}-${variant}-restore --noflush`, ...payload.trimEnd().split('\n')],
      run: () => xtables.restore(variant, payload),
    },
  ];
}

/** iptables-nft would write to a table that it cannot show, and another jump each time, because none is ever seen there. */
function refusedWrite({ family, variant }: Place, { table, name }: OwnedChain): Write {
  const error = incompatible(`${baseOf(family)}-${variant}`, table);
  return {
    names: [`${baseOf(family)} ${table}`],
    lines: [`# ${name}: ${error.message}`],
    run: () => Promise.reject(error),
  };
}

async function tableWrites(
  nft: Nftables,
  host: Host,
  instance: string,
  wanted: readonly NftTable[],
): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for (const table of wanted) {
    const name = `${table.family} ${table.name}`;
    if (host.nftTables.includes(name) && (await nft.isRight(table))) continue;
    writes.push(nftWrite(name, replaceTable(table), () => nft.replace(table)));
  }
  const kept = wanted.map((table) => `${table.family} ${table.name}`);
  for (const family of ['ip', 'ip6'] as const) {
    const name = `${family} ${nftTableName(instance)}`;
    if (!host.nftTables.includes(name) || kept.includes(name)) continue;
    const commands = [{ delete: { table: { family, name: nftTableName(instance) } } }];
    writes.push(nftWrite(name, commands, () => nft.load(commands)));
  }
  return writes;
}

function nftWrite(name: string, commands: readonly unknown[], run: () => Promise<void>): Write {
  return {
    names: [`nft ${name}`],
    lines: ['# nft -j, one transaction', ...commands.map((command) => JSON.stringify(command))],
    run,
  };
}

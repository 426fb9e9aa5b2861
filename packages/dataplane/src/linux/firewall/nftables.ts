import { OverlayError } from '@overlay/cidr';
import type { NftTable } from '../../firewall/model.js';
import { listedText, replaceTable, tableText } from '../../firewall/nft.js';
import { findTool, type RunCommand } from './command.js';

interface Listing {
  readonly nftables: readonly { readonly table?: { readonly family: string; readonly name: string } }[];
}

type FailureCode = 'OVL_FIREWALL_READ' | 'OVL_FIREWALL_WRITE';

/** nftables of one network namespace. Rejects with OVL_FIREWALL_ABSENT, OVL_FIREWALL_READ or OVL_FIREWALL_WRITE. */
export class Nftables {
  private readonly tool = findTool('nft');
  /** By table: what was loaded, and what nft printed of it then. Versions of nft may print an expression differently. */
  private readonly loaded = new Map<string, { readonly wanted: string; readonly printed: string }>();

  constructor(private readonly run: RunCommand) {}

  /** Every table, as `ip docker-bridges`; none without nft. */
  async tables(): Promise<readonly string[]> {
    if (this.tool === undefined) return [];
    const { nftables } = JSON.parse(
      await this.call(['-j', 'list', 'tables'], 'OVL_FIREWALL_READ'),
    ) as Listing;
    return nftables.flatMap(({ table }) => (table === undefined ? [] : [`${table.family} ${table.name}`]));
  }

  /** A table as nft prints it for people. */
  list(table: string): Promise<string> {
    return this.call(['list', 'table', ...table.split(' ')], 'OVL_FIREWALL_READ');
  }

  /** Whether a table that exists is what is wanted. */
  async isRight(table: NftTable): Promise<boolean> {
    const wanted = tableText(table);
    const actual = await this.listText(table);
    const loaded = this.loaded.get(`${table.family} ${table.name}`);
    return actual === wanted || (loaded?.wanted === wanted && loaded.printed === actual);
  }

  async replace(table: NftTable): Promise<void> {
    await this.load(replaceTable(table));
    const printed = await this.listText(table);
    this.loaded.set(`${table.family} ${table.name}`, { wanted: tableText(table), printed });
  }

  /** Loads commands of libnftables-json(5) as one transaction. */
  async load(commands: readonly unknown[]): Promise<void> {
    // As arguments, which nft joins: `-f -` opens /dev/stdin anew, which fails on the socket that is a Node child's stdin.
    const parts = commands.map((command, index) => `${index === 0 ? '' : ','}${JSON.stringify(command)}`);
    await this.call(['-j', '{"nftables":[', ...parts, ']}'], 'OVL_FIREWALL_WRITE');
  }

  private async listText(table: NftTable): Promise<string> {
    return listedText(
      await this.call(['-j', 'list', 'table', table.family, table.name], 'OVL_FIREWALL_READ'),
    );
  }

  private async call(args: readonly string[], code: FailureCode): Promise<string> {
    if (this.tool === undefined) {
      throw new OverlayError('OVL_FIREWALL_ABSENT', 'nft is not installed: install nftables');
    }
    const result = await this.run([this.tool, ...args]);
    if (result.code === 0) return result.stdout;
    const said = result.stderr.slice(0, 500);
    throw new OverlayError(
      code,
      `nft ${args.slice(0, 5).join(' ')} failed (${result.code ?? 'killed'}): ${said}`,
    );
  }
}

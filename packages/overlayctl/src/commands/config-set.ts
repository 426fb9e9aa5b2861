import { OverlayError } from '@overlay/cidr';
import type { LeaseSnapshot, NetworkConfig } from '@overlay/lease';
import type { CommandRun } from '../command-spec.js';
import { readConfig } from '../config-input.js';
import type { Context } from '../context.js';
import { backendChange } from '../leases/backend-change.js';
import { backendChangeText } from '../leases/backend-change-text.js';
import { knownTypes, unknownTypes, waysOf } from '../leases/backend-types.js';
import { configChange, configChangeText, type ConfigChange } from '../leases/config-change.js';
import { keepFormerNetworks, type KeptConfig } from '../leases/former-networks.js';
import { configOrNone } from '../leases/from-etcd.js';
import { show } from '../output/show.js';
import { count } from '../output/text.js';

/** A config that could be written, beside the one that is there. */
interface Proposal {
  readonly current: { readonly text: string; readonly modRevision: string } | undefined;
  readonly before: NetworkConfig | undefined;
  readonly snapshot: LeaseSnapshot;
  readonly next: KeptConfig;
  readonly change: ConfigChange;
}

export const run: CommandRun = async (context, [argument = '-'], options) => {
  const proposal = await propose(context, argument);
  await (options['plan'] === true
    ? plan(context, proposal)
    : write(context, proposal, options['force'] === true));
  return undefined;
};

async function propose(context: Context, argument: string): Promise<Proposal> {
  const input = await readConfig(context.io, argument);
  for (const type of unknownTypes(waysOf(input.config))) {
    context.io.stderr.write(
      `overlayctl: warning: OVL_BACKEND_UNKNOWN: no overlayd of this version has the backend "${type}"; there is ${knownTypes()}\n`,
    );
  }
  const store = await context.store();
  const [current, snapshot] = await Promise.all([store.config(), store.list()]);
  const before = configOrNone(current?.text);
  const next = keepFormerNetworks(input, before, snapshot.leases);
  return { current, before, snapshot, next, change: configChange(before, next.config, snapshot.leases) };
}

/** Says what would happen, and writes nothing. */
async function plan(
  { io, settings }: Context,
  { current, before, snapshot, next, change }: Proposal,
): Promise<void> {
  const nodes = backendChange(before, next.config, snapshot);
  const different = current?.text !== next.text;
  await show(io, settings.output, {
    data: { different, ...change, formerNetworks: next.formerNetworks, backends: nodes },
    text: (style) => {
      if (change.changes.length === 0) return 'Nothing to change.\n';
      const parts = [
        configChangeText(change, style),
        backendChangeText(nodes, style) + orderText(next, change),
      ];
      return `${parts.join('\n')}Nothing is written.\n`;
    },
  });
}

function orderText({ formerNetworks }: KeptConfig, { misfits }: ConfigChange): string {
  const kept = formerNetworks.length === 0 ? '' : `- ${keptText(formerNetworks)}`;
  return misfits.length === 0 ? kept : `${kept}- then: overlayctl node renumber --all --one-by-one\n`;
}

function keptText(networks: readonly string[]): string {
  return `FormerNetworks keeps ${networks.join(', ')} usable for the leases that are still in there\n`;
}

async function write(context: Context, { current, next, change }: Proposal, force: boolean): Promise<void> {
  const { io, settings } = context;
  if (change.lost.length > 0 && !force) {
    io.stderr.write(configChangeText(change, { wide: false, colour: false }));
    throw new OverlayError(
      'OVL_CONFLICT',
      `${count(change.lost.length, 'lease')} would be cut off; nothing is written; name their network in FormerNetworks, or repeat with --force to write it all the same`,
    );
  }
  const written = current?.text !== next.text;
  const store = await context.store();
  if (written && !(await store.putConfig(next.text, current?.modRevision ?? '0'))) {
    throw new OverlayError('OVL_CONFLICT', 'the config changed meanwhile; look at it again');
  }
  const { formerNetworks } = next;
  await show(io, settings.output, {
    data: { written, ...change, formerNetworks },
    text: (style) => {
      const kept = formerNetworks.length === 0 ? '' : keptText(formerNetworks);
      const then = change.misfits.length === 0 ? '' : 'Then: overlayctl node renumber --all --one-by-one\n';
      return written ? `${configChangeText(change, style)}${kept}Written.\n${then}` : 'Nothing changed.\n';
    },
  });
}

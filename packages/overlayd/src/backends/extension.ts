import { formatAddress, formatPrefix, type Address, type Prefix } from '@overlay/cidr';
import type { HookObject } from '@overlay/dataplane';
import type { Json, JsonObject } from '@overlay/lease';
import { commandWords, type CommandEnvironment } from './extension-command.js';
import type { Backend, BackendFactory, HostFacts, NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { OptionReader } from './options.js';
import { peerError } from './peer-error.js';

/** Commands as written; undefined for none. */
interface Commands {
  readonly preStartup?: string | undefined;
  readonly postStartup?: string | undefined;
  readonly subnetAdd?: string | undefined;
  readonly subnetRemove?: string | undefined;
}

const TYPE = 'extension';

function read(options: JsonObject): { readonly commands: Commands; readonly unknown: readonly string[] } {
  const reader = new OptionReader(TYPE, options);
  // A command may hold a password, so it is not shown.
  const command = (key: string): string | undefined =>
    reader.secret(key, 'text', (text) => text)?.trim() || undefined;
  const commands = {
    preStartup: command('PreStartupCommand'),
    postStartup: command('PostStartupCommand'),
    subnetAdd: command('SubnetAddCommand'),
    subnetRemove: command('SubnetRemoveCommand'),
  };
  return { commands, unknown: reader.unknown() };
}

const prefixText = (prefix: Prefix | undefined): string => (prefix === undefined ? '' : formatPrefix(prefix));
const addressText = (address: Address | undefined): string =>
  address === undefined ? '' : formatAddress(address);

function hook(
  name: string,
  [add, remove]: readonly [string | undefined, string | undefined],
  environment: CommandEnvironment,
  input: string,
): HookObject {
  const words = (command = ''): readonly string[] => commandWords(command, environment);
  return { type: 'hook', name, add: words(add), remove: words(remove), environment, input };
}

function planNode({ facts, config, subnets }: NodeInput, name: string, command: string): HookObject {
  const environment = {
    NETWORK: prefixText(config.ipv4?.network),
    SUBNET: prefixText(subnets.subnet),
    IPV6SUBNET: prefixText(subnets.ipv6Subnet),
    PUBLIC_IP: addressText(facts.publicIp),
    PUBLIC_IPV6: addressText(subnets.ipv6Subnet && facts.publicIpv6),
  };
  return hook(`${name} start`, [command, undefined], environment, '');
}

/** BackendData of Flannel's extension is a JSON string; absent and null are the empty one, as Go decodes them. */
function decodedData(peer: Peer): string {
  const data: Json = peer.offer.data ?? '';
  if (typeof data === 'string') return data;
  throw peerError(peer, 'BackendData of the extension backend must be a JSON string');
}

function planPeer(name: string, commands: Commands, peer: Peer): PeerPlan {
  const { subnet, ipv6Subnet, attributes } = peer.lease;
  const { subnetAdd, subnetRemove } = commands;
  const input = `${decodedData(peer)}\n`;
  if (subnetAdd === undefined && subnetRemove === undefined) return { objects: [], direct: [] };
  const environment = {
    SUBNET: prefixText(subnet),
    IPV6SUBNET: prefixText(ipv6Subnet),
    PUBLIC_IP: addressText(attributes.publicIp),
    PUBLIC_IPV6: addressText(attributes.publicIpv6),
  };
  const object = hook(`${name} subnet ${peer.lease.name}`, [subnetAdd, subnetRemove], environment, input);
  return { objects: [object], direct: [] };
}

/** Whoever can write the network config could else run any command as root here. */
function refuse({ allowExtension }: HostFacts): string | undefined {
  return allowExtension === true
    ? undefined
    : 'the extension backend runs commands from the network config as root, and this host does not allow that: ' +
        'start overlayd with --allow-extension, or set another backend';
}

function create(options: JsonObject, slot: Slot): Backend {
  const { commands, unknown } = read(options);
  const name = `${TYPE}${slot === 0 ? '' : 'b'}`;
  const { postStartup } = commands;
  return {
    type: TYPE,
    id: TYPE,
    options,
    // Commands come from the network config only, never from another host's lease.
    shared: {},
    slot,
    exclusive: false,
    encrypts: false,
    features: [],
    accepts: () => true,
    unknownOptions: unknown,
    links: [],
    direct: false,
    tunnel: () => undefined,
    mtu: (facts) => facts.iface.mtu,
    refuse,
    ...(commands.preStartup === undefined ? {} : { preStartup: commands.preStartup }),
    publish: ({ outputs }) => {
      const data = outputs.get(commands.preStartup ?? '');
      return { type: TYPE, ...(data === undefined ? {} : { data }) };
    },
    planNode: (input) => (postStartup === undefined ? [] : [planNode(input, name, postStartup)]),
    planPeer: (_, peer) => planPeer(name, commands, peer),
  };
}

/** `extension`: the operator's own commands at start and for each peer (Flannel section 4.7). */
export const extension: BackendFactory = { type: TYPE, create };

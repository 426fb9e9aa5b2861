import { contains, formatAddress, formatPrefix, overlaps, parsePrefix } from '@overlay/cidr';
import type { FdbObject, KernelObject, NeighbourObject, RouteObject } from '@overlay/dataplane';
import type { Applied } from '../model/kernel.js';
import type { SimNode } from '../sim-node.js';
import type { Invariant } from './model.js';

const NETWORK = parsePrefix('10.5.0.0/16');
const NO_HOST = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'].map((text) => parsePrefix(text));
const UNICAST = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;

const isUnicast = (mac: string): boolean => UNICAST.test(mac) && mac !== '00:00:00:00:00:00';

function routeFault(node: SimNode, { destination }: RouteObject): string | undefined {
  const text = `a route to ${formatPrefix(destination)}`;
  if (!contains(NETWORK, destination) || destination.length <= NETWORK.length) return text;
  const own = node.daemon?.keeper.status;
  const held = own?.state === 'held' ? own.lease?.subnet : undefined;
  return held !== undefined && overlaps(held, destination) ? `${text}, inside its own subnet` : undefined;
}

function neighbourFault({ address, mac }: NeighbourObject): string | undefined {
  if (!contains(NETWORK, address)) return `a neighbour ${formatAddress(address)}`;
  return typeof mac === 'string' && !isUnicast(mac) ? `a neighbour at ${mac}` : undefined;
}

function fdbFault({ destination, mac }: FdbObject): string | undefined {
  const nowhere = NO_HOST.some((range) => contains(range, destination));
  return nowhere || !isUnicast(mac) ? `an FDB entry ${mac} at ${formatAddress(destination)}` : undefined;
}

function faultOf(node: SimNode, object: KernelObject): string | undefined {
  if (object.type === 'route') return routeFault(node, object);
  if (object.type === 'neighbour') return neighbourFault(object);
  return object.type === 'fdb' ? fdbFault(object) : undefined;
}

/** Everything for a peer lies inside the network and outside of the own subnet, and points at one host. */
export class Inside implements Invariant {
  readonly id = 'I6';

  applied(node: SimNode, { changes }: Applied): string | undefined {
    for (const { op, object } of changes) {
      const reason = op === 'remove' ? undefined : faultOf(node, object);
      if (reason !== undefined) return `${node.name} asked for ${reason}`;
    }
    return undefined;
  }
}

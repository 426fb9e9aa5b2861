import { OverlayError, equalAddress, formatAddress, parseIpv4, parseIpv6, type Ipv4 } from '@overlay/cidr';
import {
  formatLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  type LeaseAttributes,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
  type RawLease,
} from '@overlay/lease';
import type { CommandRun, Options } from '../command-spec.js';
import { misfit, subnetsOf, subnetsOverlap } from '../leases/fit.js';
import { parseSubnetArgument } from '../leases/subnet-argument.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';

/** Other nodes may lease at the same moment: list again and decide anew. */
const ATTEMPTS = 5;

export const run: CommandRun = async (context, [argument = ''], options) => {
  const subnets = parseSubnetArgument(argument);
  const value = valueOf(options);
  const store = await context.store();
  const work = reserve(store, subnets, value);
  const lease = await withProgress(context.io, 'reserving', work);
  const publicIp = formatAddress(value.publicIp);
  await show(context.io, context.settings.output, {
    data: { name: lease.name, publicIp, modRevision: lease.modRevision },
    text: () => `Reserved ${argument} for ${publicIp}.\n`,
  });
  return undefined;
};

function valueOf(options: Options): LeaseAttributes {
  const publicIp = options['publicIp'];
  const publicIpv6 = options['publicIpv6'];
  const backendType = options['backendType'];
  if (typeof publicIp !== 'string') {
    throw new OverlayError(
      'OVL_USAGE',
      '--public-ip is missing: the public address of the node that may use the subnet',
    );
  }
  return {
    publicIp: parseIpv4(publicIp),
    ...(typeof publicIpv6 === 'string' ? { publicIpv6: parseIpv6(publicIpv6) } : {}),
    backendType: typeof backendType === 'string' ? backendType : '',
  };
}

async function reserve(store: LeaseStore, subnets: LeaseSubnets, value: LeaseAttributes): Promise<RawLease> {
  const config = await store.config();
  const why = config === undefined ? undefined : misfit(subnets, parseNetworkConfig(config.text));
  if (why !== undefined) {
    throw new OverlayError('OVL_LEASE_MISFIT', `no node would take it: ${why}; see overlayctl config get`);
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const snapshot = await store.list();
    refuseConflicts(snapshot, subnets, value.publicIp);
    const result = await store.create(subnets, value, { listedAt: snapshot.revision, etcdLease: '0' });
    if (result.ok) return result.lease;
  }
  throw new OverlayError('OVL_CONFLICT', 'other nodes changed the leases at each attempt; try again');
}

function refuseConflicts(snapshot: LeaseSnapshot, subnets: LeaseSubnets, publicIp: Ipv4): void {
  for (const { name, value } of snapshot.leases) {
    const other = subnetsOf(name);
    if (other === undefined) continue;
    if (subnetsOverlap(other, subnets)) {
      throw new OverlayError(
        'OVL_CONFLICT',
        `${formatLeaseName(subnets)} overlaps the lease ${name}; release that one first`,
      );
    }
    if (holds(value, publicIp)) {
      throw new OverlayError(
        'OVL_CONFLICT',
        `${formatAddress(publicIp)} already has the lease ${name}; release that one first`,
      );
    }
  }
}

function holds(value: string, publicIp: Ipv4): boolean {
  try {
    return equalAddress(parseLeaseValue(value).publicIp, publicIp);
  } catch {
    return false;
  }
}

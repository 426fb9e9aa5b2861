import { equalAddress } from '@overlay/cidr';
import {
  formatLeaseName,
  type Lease,
  type LeaseAttributes,
  type LeaseEvent,
  type LeaseSubnets,
  type RawLease,
} from '@overlay/lease';
import type { Problem } from '../loop/problems.js';
import { attributesOf } from './read-key.js';

/** What an event on the own key means for us. */
export type OwnEvent = 'ours' | 'gone' | 'taken' | 'rewritten';

/** How a lease can be lost. `taken`: another host owns the subnet now; `cloned`: that host has our node id. */
export type Loss = Exclude<OwnEvent, 'ours'> | 'cloned';

/** How a loss is told. */
export const REASONS: Readonly<Record<Loss, string>> = {
  gone: 'its key was deleted',
  taken: 'another host took its key',
  rewritten: 'the lease was changed by somebody else',
  cloned: 'another machine with our node id holds it and is alive',
};

export const lossOf = (reason: string): Problem => ({
  code: 'OVL_LEASE_LOST',
  message: `the lease was lost: ${reason}; acquiring again`,
});

/** What is told while a key of ours says that Flannel wrote it. */
export const REWRITTEN: Problem = {
  code: 'OVL_LEASE_REWRITTEN',
  message: 'another program rewrites the lease of this host; is flanneld still running here? Stop it',
};

export interface Self {
  readonly nodeId: string;
  /** Our own last write of the key. */
  readonly lease: Pick<Lease, 'name' | 'modRevision'> & {
    readonly attributes: Pick<LeaseAttributes, 'publicIp'>;
  };
}

interface Writer {
  readonly nodeId: string;
  readonly attributes: Pick<LeaseAttributes, 'publicIp'>;
  readonly previous?: LeaseSubnets;
}

/** A lease that this node wrote (I2): with the address that it has, or in the subnet that it had. */
export function isOurs(raw: RawLease, { attributes, nodeId, previous }: Writer): boolean {
  const written = attributesOf(raw);
  if (written?.overlay?.nodeId !== nodeId) return false;
  const hadIt = previous !== undefined && raw.name === formatLeaseName(previous);
  return hadIt || equalAddress(written.publicIp, attributes.publicIp);
}

/** Newer than our own last write? Revisions are decimal text of 64 bits. */
const newer = (revision: string, than: string): boolean => BigInt(revision) > BigInt(than);

export const isNewer = (
  { modRevision }: Pick<RawLease, 'modRevision'>,
  than: Pick<Lease, 'modRevision'>,
): boolean => newer(modRevision, than.modRevision);

function judgePut(self: Self, raw: RawLease): OwnEvent {
  if (!newer(raw.modRevision, self.lease.modRevision)) return 'ours';
  const written = attributesOf(raw);
  if (written === undefined) return 'rewritten';
  const { overlay, publicIp } = written;
  if (overlay !== undefined) return overlay.nodeId === self.nodeId ? 'ours' : 'taken';
  // A flanneld on this host says our address; with any other one the subnet is another host's (B03).
  return equalAddress(publicIp, self.lease.attributes.publicIp) ? 'rewritten' : 'taken';
}

/** A write of our key by us that is newer than the last one we know of: one whose answer was lost (A27). */
export function isOwnNewerWrite(self: Self, raw: RawLease): boolean {
  return (
    raw.name === self.lease.name &&
    newer(raw.modRevision, self.lease.modRevision) &&
    attributesOf(raw)?.overlay?.nodeId === self.nodeId
  );
}

/** Judges one event; undefined when it is not about our key. */
export function judgeOwnEvent(self: Self, event: LeaseEvent): OwnEvent | undefined {
  if (event.type === 'put')
    return event.lease.name === self.lease.name ? judgePut(self, event.lease) : undefined;
  if (event.name !== self.lease.name) return undefined;
  return newer(event.modRevision, self.lease.modRevision) ? 'gone' : 'ours';
}

/**
 * The same for a complete list. `older`: the list is from before our own write, either asked for before it or from an etcd that
 * was restored from a backup; only reading the key again tells (A17).
 */
export function judgeOwnInList(
  self: Self,
  leases: readonly RawLease[],
  revision: string,
): OwnEvent | 'older' {
  if (newer(self.lease.modRevision, revision)) return 'older';
  const raw = leases.find(({ name }) => name === self.lease.name);
  if (raw === undefined) return 'gone';
  // A list from after our write that has an older one: restored, and its revisions are past ours again.
  return newer(self.lease.modRevision, raw.modRevision) ? 'older' : judgePut(self, raw);
}

/** The same for the key as just read, whatever revisions say: after a restore they count from lower on. */
export function judgeOwnKey({ nodeId, lease }: Self, raw: RawLease | undefined): OwnEvent {
  if (raw === undefined) return 'gone';
  return judgePut({ nodeId, lease: { ...lease, modRevision: '0' } }, raw);
}

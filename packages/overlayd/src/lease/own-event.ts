import { parseLeaseValue, type Lease, type LeaseEvent, type RawLease } from '@overlay/lease';

/** What an event on the own key means for us. */
export type OwnEvent = 'ours' | 'gone' | 'taken' | 'rewritten';

/** How a lease can be lost. `taken`: another host owns the subnet now. */
export type Loss = Exclude<OwnEvent, 'ours'>;

export interface Self {
  readonly nodeId: string;
  /** Our own last write of the key. */
  readonly lease: Pick<Lease, 'name' | 'modRevision'>;
}

function ownerOf(raw: RawLease): string | undefined {
  try {
    return parseLeaseValue(raw.value).overlay?.nodeId;
  } catch {
    return undefined;
  }
}

/** Newer than our own last write? Revisions are decimal text of 64 bits. */
const newer = (revision: string, than: string): boolean => BigInt(revision) > BigInt(than);

function judgePut(self: Self, raw: RawLease): OwnEvent {
  if (!newer(raw.modRevision, self.lease.modRevision)) return 'ours';
  const owner = ownerOf(raw);
  if (owner === self.nodeId) return 'ours';
  return owner === undefined ? 'rewritten' : 'taken';
}

/** A write of our key by us that is newer than the last one we know of: one whose answer was lost (A27). */
export function isOwnNewerWrite(self: Self, raw: RawLease): boolean {
  return (
    raw.name === self.lease.name &&
    newer(raw.modRevision, self.lease.modRevision) &&
    ownerOf(raw) === self.nodeId
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
  return raw === undefined ? 'gone' : judgePut(self, raw);
}

/** The same for the key as just read, whatever revisions say: after a restore they count from lower on. */
export function judgeOwnKey({ nodeId }: Self, raw: RawLease | undefined): OwnEvent {
  if (raw === undefined) return 'gone';
  return judgePut({ nodeId, lease: { name: raw.name, modRevision: '0' } }, raw);
}

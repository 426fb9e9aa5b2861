import { OverlayError } from '@overlay/cidr';
import {
  formatLeaseName,
  formatLeaseValue,
  type AnsweredRequest,
  type CreateOptions,
  type LeaseAttributes,
  type LeaseEvent,
  type LeaseSink,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
  type RawLease,
  type RenumberAnswer,
  type RenumberOutcome,
  type RenumberRequest,
  type RenumberStore,
  type StoreHealth,
  type Subscription,
  type WriteResult,
} from '@overlay/lease';

/** What happens to the next call: never sent; sent and answered to nobody; refused. */
export type Fault = 'unreachable' | 'answer-lost' | 'refused';

const ERRORS: Record<Fault, () => OverlayError> = {
  unreachable: () => new OverlayError('OVL_ETCD_UNREACHABLE', 'etcd cannot be reached'),
  'answer-lost': () => new OverlayError('OVL_ETCD_TIMEOUT', 'etcd did not answer in time'),
  refused: () => new OverlayError('OVL_ETCD_PERMISSION', 'etcd refused the call'),
};

type Method =
  | ('list' | 'get' | 'create' | 'update' | 'remove' | 'grant' | 'keepAlive' | 'revoke' | 'config')
  | ('renumberOutcome' | 'answerRenumber');

/** etcd in memory: revisions, leases that take their keys with them, compared writes, and faults on demand. */
export class FakeLeaseStore implements LeaseStore, RenumberStore {
  readonly keys = new Map<string, RawLease>();
  /** etcd lease id -> TTL in seconds. */
  readonly leases = new Map<string, number>();
  readonly calls: Method[] = [];
  readonly history: LeaseEvent[] = [];
  readonly requests = new Map<string, RenumberRequest>();
  readonly answers: (RenumberAnswer & { readonly nodeId: string })[] = [];
  configText: string | undefined;
  revision = 10n;
  protected readonly sinks = new Set<LeaseSink>();
  private readonly faults: { method: Method; fault: Fault; left: number }[] = [];
  private nextLease = 7_587_883_212_297_104_000n;

  /** Breaks the next calls of a method. */
  break(method: Method, fault: Fault, times = 1): void {
    this.faults.push({ method, fault, left: times });
  }

  /** Ends every fault. */
  heal(): void {
    this.faults.length = 0;
  }

  count(method: Method): number {
    return this.calls.filter((call) => call === method).length;
  }

  /** Writes a key as somebody else would, without any comparison. */
  put(name: string, value: string, etcdLease = '0'): RawLease {
    this.revision += 1n;
    const modRevision = this.revision.toString();
    const createRevision = this.keys.get(name)?.createRevision ?? modRevision;
    const lease = { name, value, etcdLease, createRevision, modRevision };
    this.keys.set(name, lease);
    this.emit({ type: 'put', lease });
    return lease;
  }

  delete(name: string): void {
    if (!this.keys.delete(name)) return;
    this.revision += 1n;
    this.emit({ type: 'delete', name, modRevision: this.revision.toString() });
  }

  /** Grants a lease as somebody else would. */
  newLease(ttlSeconds: number): string {
    this.nextLease += 1n;
    this.leases.set(this.nextLease.toString(), ttlSeconds);
    return this.nextLease.toString();
  }

  /** The TTL is over, or an operator revoked it: all keys go in one transaction. */
  expire(etcdLease: string): void {
    this.leases.delete(etcdLease);
    const gone = [...this.keys.values()].filter(({ etcdLease: id }) => id === etcdLease);
    if (gone.length === 0) return;
    this.revision += 1n;
    const modRevision = this.revision.toString();
    for (const { name } of gone) this.keys.delete(name);
    this.emit(...gone.map(({ name }) => ({ type: 'delete', name, modRevision }) as const));
  }

  snapshot(): LeaseSnapshot {
    const leases = [...this.keys.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return { leases, revision: this.revision.toString() };
  }

  config(): Promise<{ text: string; modRevision: string } | undefined> {
    const text = this.configText;
    return this.call('config', () => (text === undefined ? undefined : { text, modRevision: '1' }));
  }

  putConfig(text: string): Promise<boolean> {
    this.configText = text;
    return Promise.resolve(true);
  }

  list(): Promise<LeaseSnapshot> {
    return this.call('list', () => this.snapshot());
  }

  get(name: string): Promise<RawLease | undefined> {
    return this.call('get', () => this.keys.get(name));
  }

  follow(sink: LeaseSink, nodeId = ''): Subscription {
    this.sinks.add(sink);
    sink.snapshot(this.snapshot());
    const request = this.requests.get(nodeId);
    if (request !== undefined) sink.request?.(request);
    return { close: () => Promise.resolve(void this.sinks.delete(sink)) };
  }

  create(subnets: LeaseSubnets, value: LeaseAttributes, options: CreateOptions): Promise<WriteResult> {
    return this.call('create', () => {
      const name = formatLeaseName(subnets);
      if (this.keys.has(name)) return { ok: false, reason: 'exists' };
      const newest = [...this.keys.values()].map(({ modRevision }) => BigInt(modRevision));
      if (newest.some((revision) => revision > BigInt(options.listedAt)))
        return { ok: false, reason: 'changed' };
      this.requireLease(options.etcdLease);
      return { ok: true, lease: this.put(name, formatLeaseValue(value), options.etcdLease) };
    });
  }

  update(lease: RawLease, value: LeaseAttributes, etcdLease = lease.etcdLease): Promise<WriteResult> {
    return this.call('update', () => {
      if (this.keys.get(lease.name)?.modRevision !== lease.modRevision)
        return { ok: false, reason: 'changed' };
      this.requireLease(etcdLease);
      return { ok: true, lease: this.put(lease.name, formatLeaseValue(value), etcdLease) };
    });
  }

  remove(lease: RawLease): Promise<boolean> {
    return this.call('remove', () => {
      if (this.keys.get(lease.name)?.modRevision !== lease.modRevision) return false;
      this.delete(lease.name);
      return true;
    });
  }

  grant(ttlSeconds: number): Promise<string> {
    return this.call('grant', () => this.newLease(ttlSeconds));
  }

  keepAlive(etcdLease: string): Promise<number> {
    return this.call('keepAlive', () => this.leases.get(etcdLease) ?? 0);
  }

  revoke(etcdLease: string): Promise<void> {
    return this.call('revoke', () => {
      this.requireLease(etcdLease);
      this.expire(etcdLease);
    });
  }

  timeToLive(etcdLease: string): Promise<number | undefined> {
    return Promise.resolve(this.leases.get(etcdLease));
  }

  health(): Promise<StoreHealth> {
    return Promise.resolve({ endpoint: 'http://fake', version: '3.5.0', alarms: [], databaseBytes: 0 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private requireLease(id: string): void {
    if (id !== '0' && !this.leases.has(id))
      throw new OverlayError('OVL_ETCD_FAILED', 'requested lease not found');
  }

  requestRenumber(nodeId: string, by: string): Promise<RenumberRequest> {
    const standing = this.requests.get(nodeId);
    if (standing !== undefined) return Promise.resolve(standing);
    this.revision += 1n;
    const request = { nodeId, by, requested: '2026-01-01T00:00:00Z', revision: this.revision.toString() };
    this.requests.set(nodeId, request);
    for (const sink of this.sinks) sink.request?.(request);
    return Promise.resolve(request);
  }

  withdrawRenumber({ nodeId, revision }: RenumberRequest): Promise<boolean> {
    const stands = this.requests.get(nodeId)?.revision === revision;
    return Promise.resolve(stands && this.requests.delete(nodeId));
  }

  renumberOutcome(nodeId: string): Promise<RenumberAnswer | undefined> {
    return this.call('renumberOutcome', () => this.answers.findLast((answer) => answer.nodeId === nodeId));
  }

  answerRenumber({ nodeId, revision }: AnsweredRequest, outcome: RenumberOutcome): Promise<void> {
    return this.call('answerRenumber', () => {
      this.revision += 1n;
      this.answers.push({ ...outcome, nodeId, request: revision });
      if (this.requests.get(nodeId)?.revision === revision) this.requests.delete(nodeId);
    });
  }

  private emit(...events: readonly LeaseEvent[]): void {
    this.history.push(...events);
    for (const sink of this.sinks) sink.events(events, this.revision.toString());
  }

  private async call<T>(method: Method, act: () => T): Promise<T> {
    this.calls.push(method);
    await Promise.resolve();
    const entry = this.faults.find((fault) => fault.method === method && fault.left > 0);
    if (entry !== undefined) entry.left -= 1;
    if (entry !== undefined && entry.fault !== 'answer-lost') throw ERRORS[entry.fault]();
    const result = act();
    if (entry !== undefined) throw ERRORS[entry.fault]();
    await Promise.resolve();
    return result;
  }
}

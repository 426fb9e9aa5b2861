import { mustRecreate } from './compare.js';
import type { FakeTables } from './fake-tables.js';
import { linkKey, objectKey } from './identity.js';
import type {
  ActualState,
  Change,
  KernelObject,
  KernelPart,
  LinkObject,
  Outcome,
  Ownership,
  PartLink,
  PartObject,
} from './model.js';
import { isBackendDevice } from './ownership.js';
import { isBasic } from './parts.js';
import { ScriptedFailures, type ScriptedFailure } from './scripted-failures.js';

/** What the links of parts are to rtnetlink. */
const KINDS: Readonly<Record<PartLink['kind'], string>> = {
  wireguard: 'wireguard',
  'udp-proxy': 'tun',
  'ovs-bridge': 'openvswitch',
  'lan-bridge': 'bridge',
};

/**
 * A part in memory, for tests: it claims every object that rtnetlink does not program, and drops what is on a link with the link. Its
 * links stand in the `tables` of the FakeKernel it is joined to, where addresses and routes go on them and a hand can delete them:
 * `joinKernel(kernel, [new FakePart(kernel.tables)])`.
 */
export class FakePart implements KernelPart {
  /** Every change that was asked for, in order. */
  readonly applied: Change[] = [];
  readonly objects = new Map<string, PartLink | PartObject>();
  private readonly failures = new ScriptedFailures();

  constructor(private readonly tables: FakeTables) {}

  claims(object: KernelObject): boolean {
    return !isBasic(object);
  }

  read(ownership: Ownership): Promise<ActualState> {
    this.dropDeleted();
    const ours = [...this.objects].filter(([, object]) => this.isOurs(object, ownership));
    return Promise.resolve({ objects: new Map(ours), foreign: new Map() });
  }

  apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    this.dropDeleted();
    return Promise.resolve(changes.map((change) => this.applyOne(change)));
  }

  /** Makes changes that match fail from now on. */
  fail(failure: ScriptedFailure): void {
    this.failures.add(failure);
  }

  /** Ends every scripted failure. */
  heal(): void {
    this.failures.clear();
  }

  private applyOne(change: Change): Outcome {
    this.applied.push(change);
    const { op, object } = change;
    const refusal = this.failures.take(change);
    if (refusal) return { change, ok: false, ...refusal };
    if (isBasic(object)) return { change, ok: false, code: 'EOPNOTSUPP', message: 'not of this part' };
    if (op === 'remove') this.remove(object);
    else if (!this.hasLinkOf(object))
      return { change, ok: false, code: 'ENODEV', message: `the device of ${objectKey(object)} is missing` };
    else this.put(object);
    return { change, ok: true };
  }

  private put(object: PartLink | PartObject): void {
    if (object.type === 'link') {
      const present = this.objects.get(objectKey(object));
      if (present?.type === 'link' && mustRecreate(present, object)) this.remove(present);
      this.tables.putLink(linkState(object));
    }
    this.objects.set(objectKey(object), object);
  }

  private remove(object: PartLink | PartObject): void {
    this.objects.delete(objectKey(object));
    if (object.type !== 'link') return;
    this.tables.deleteLink(object.name);
    this.dropOn(object.name);
  }

  /** A device deleted by hand is gone, with what was on it. */
  private dropDeleted(): void {
    const names = this.linkNames();
    for (const [key, object] of this.objects) {
      if (object.type !== 'link' || names.has(object.name)) continue;
      this.objects.delete(key);
      this.dropOn(object.name);
    }
  }

  private dropOn(link: string): void {
    for (const [key, object] of this.objects) if (linkOf(object) === link) this.objects.delete(key);
  }

  private hasLinkOf(object: PartLink | PartObject): boolean {
    const link = linkOf(object);
    return link === undefined || this.linkNames().has(link);
  }

  private linkNames(): ReadonlySet<string> {
    return new Set(this.tables.snapshot().links.map(({ name }) => name));
  }

  private isOurs(object: PartLink | PartObject, { alias, links }: Ownership): boolean {
    if ('alias' in object && object.alias !== alias) return false;
    const link = object.type === 'link' ? object.name : linkOf(object);
    if (link === undefined) return true;
    const made = this.objects.get(linkKey(link));
    const label = made && 'alias' in made ? made.alias : alias;
    return label === alias && (links.includes(link) || isBackendDevice(link));
  }
}

/** Name of the link that an object other than a link is on. */
function linkOf(object: PartLink | PartObject): string | undefined {
  if (object.type === 'link') return undefined;
  if (object.type === 'ovs-port') return object.bridge;
  return 'link' in object ? object.link : undefined;
}

function linkState(link: LinkObject & PartLink): Parameters<FakeTables['putLink']>[0] {
  const { name, kind, mtu, alias } = link;
  const mac = 'mac' in link ? link.mac : '';
  return { name, kind: KINDS[kind], mtu, alias, mac, up: true, carrier: true, loopback: false };
}

import { linkObject } from '../classify.js';
import { isTunnel, masterOf, mustRecreate, tunnelDiffers, vxlanDiffers } from '../compare.js';
import { foreignLink } from '../foreign-link.js';
import type { Change, LinkObject } from '../model.js';
import { withNames } from './dump.js';
import { linkRefusal, refusalOf, type Refusal } from './refusal.js';
import type { NetlinkSocket } from './netlink-socket.js';
import { NLM_F, RTM } from './netlink/constants.js';
import {
  decodeLink,
  writeLinkIndex,
  writeLinkSelector,
  writeLinkSettings,
  writeNewLink,
  writeTunnelChange,
  writeVxlanChange,
  type DecodedLink,
  type LinkSettings,
} from './netlink/link-codec.js';
import { MessageWriter } from './netlink/writer.js';

interface Step {
  readonly type: number;
  readonly flags: number;
  readonly body: (writer: MessageWriter) => void;
}

/** Devices that a link names, as they are now; an index of 0 is none. */
interface References {
  readonly names: ReadonlyMap<number, string>;
  readonly masterIndex: number;
  readonly underlayIndex: number;
}

/** Makes, changes and removes links, each after a look at what has the name at that moment. New ones stay down until `bringUp`. */
export class LinkExecutor {
  /** Made, and still down. */
  private readonly created = new Map<string, Pick<LinkSettings, 'link' | 'masterIndex'>>();

  constructor(private readonly socket: NetlinkSocket) {}

  find(name: string): DecodedLink | undefined {
    const { answer } = this.socket.request(RTM.GETLINK, (writer) => writeLinkSelector(writer, name));
    return answer && decodeLink(answer.payload);
  }

  apply(change: Change, link: LinkObject): Refusal | undefined {
    const present = this.find(link.name);
    if (present && !this.mayTouch(present, change, link)) return foreign(present);
    if (change.op === 'remove') return present && this.send([removal(present.index)]);
    const refers = this.references(link);
    if ('code' in refers) return refers;
    const refusal = this.put(link, present, refers);
    return refusal && linkRefusal(refusal, link);
  }

  /** Links that `bringUp` is still to be called for. */
  get down(): readonly string[] {
    return [...this.created.keys()];
  }

  /** Brings a new link up; one that the kernel refuses to (a VXLAN port in use) is removed again. */
  bringUp(name: string): Refusal | undefined {
    const created = this.created.get(name);
    if (created === undefined) return undefined;
    this.created.delete(name);
    const refusal = this.send([settings(created)]);
    const present = refusal && this.find(name);
    if (present) this.send([removal(present.index)]);
    return refusal && linkRefusal(refusal, created.link);
  }

  private put(link: LinkObject, present: DecodedLink | undefined, refers: References): Refusal | undefined {
    if (!present) return this.create(link, refers);
    const previous = linkObject(withNames(present, refers.names));
    if (previous && !mustRecreate(previous, link))
      return this.send([...changesOf(link, previous, refers), settings({ link, ...refers }, present)]);
    return this.send([removal(present.index)]) ?? this.create(link, refers);
  }

  /** The devices that a link names, by index; what is missing is a refusal. */
  private references(link: LinkObject): References | Refusal {
    const names = new Map<number, string>();
    const indexOf = (name: string | undefined): number | undefined => {
      const index = name === undefined ? 0 : this.find(name)?.index;
      if (name !== undefined && index !== undefined) names.set(index, name);
      return index;
    };
    const master = masterOf(link);
    const underlay = isTunnel(link) ? link.underlay : undefined;
    const masterIndex = indexOf(master);
    const underlayIndex = indexOf(underlay);
    if (masterIndex === undefined) return missing(link, `its bridge ${String(master)}`);
    if (underlayIndex === undefined) return missing(link, `the device ${String(underlay)} it is bound to`);
    return { names, masterIndex, underlayIndex };
  }

  /** Ours by its alias, or without one as it was when it was read and found adoptable. */
  private mayTouch(present: DecodedLink, change: Change, link: LinkObject): boolean {
    if (present.alias === link.alias) return present.kind === link.kind || change.op !== 'add';
    return (
      change.op === 'replace' && change.previous.type === 'link' && present.alias === change.previous.alias
    );
  }

  /** Created and given its alias in one system call: one that exists without would not be known again. */
  private create(link: LinkObject, refers: References): Refusal | undefined {
    const flags = NLM_F.CREATE | NLM_F.EXCL;
    const created = { link, masterIndex: refers.masterIndex };
    const refused = this.exchange([
      { type: RTM.NEWLINK, flags, body: (writer) => writeNewLink(writer, link, refers.underlayIndex) },
      settings({ ...created, up: false }),
    ]);
    if (refused.length === 0) this.created.set(link.name, created);
    const onlySettings = refused.length === 1 && refused[0]?.step === 1;
    const unmarked = onlySettings ? this.find(link.name) : undefined;
    if (unmarked) this.send([removal(unmarked.index)]);
    return refused[0];
  }

  /** Sends the steps in one write; the first refusal. */
  private send(steps: readonly Step[]): Refusal | undefined {
    return this.exchange(steps)[0];
  }

  /** Sends the steps in one write; every refusal, with the number of its step. */
  private exchange(steps: readonly Step[]): (Refusal & { readonly step: number })[] {
    const batch = new MessageWriter();
    const sequences = steps.map(({ type, flags, body }) => {
      const sequence = this.socket.nextSequence();
      batch.message({ type, flags: flags | NLM_F.REQUEST | NLM_F.ACK, sequence }, () => body(batch));
      return sequence;
    });
    return this.socket.transact(batch, sequences.at(-1) ?? 0).map((answer) => ({
      ...refusalOf(answer),
      step: sequences.indexOf(answer.sequence),
    }));
  }
}

/** What is not among the settings of every link. */
function changesOf(link: LinkObject, previous: LinkObject, { underlayIndex }: References): Step[] {
  const step = (body: Step['body']): Step => ({ type: RTM.NEWLINK, flags: 0, body });
  if (link.kind === 'vxlan' && vxlanDiffers(previous, link))
    return [step((writer) => writeVxlanChange(writer, link))];
  if (isTunnel(link) && tunnelDiffers(previous, link))
    return [step((writer) => writeTunnelChange(writer, link, underlayIndex))];
  return [];
}

function settings({ link, masterIndex, up = true }: LinkSettings, present?: DecodedLink): Step {
  const wanted = 'mac' in link ? link.mac : undefined;
  const mac = present === undefined || wanted === present.mac ? undefined : wanted;
  return {
    type: RTM.NEWLINK,
    flags: 0,
    body: (writer) => writeLinkSettings(writer, { link, masterIndex, mac, up }),
  };
}

function missing(link: LinkObject, what: string): Refusal {
  return { code: 'ENODEV', message: `${link.name}: ${what} does not exist` };
}

function removal(index: number): Step {
  return { type: RTM.DELLINK, flags: 0, body: (writer) => writeLinkIndex(writer, index) };
}

const foreign = (present: DecodedLink): Refusal => ({ code: 'EEXIST', message: foreignLink(present) });

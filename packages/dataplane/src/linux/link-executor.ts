import { linkObject } from '../classify.js';
import { mustRecreate, vxlanDiffers } from '../compare.js';
import type { Change, LinkObject } from '../model.js';
import { refusalOf, type Refusal } from './refusal.js';
import type { NetlinkSocket } from './netlink-socket.js';
import { NLM_F, RTM } from './netlink/constants.js';
import {
  decodeLink,
  writeLinkIndex,
  writeLinkSelector,
  writeLinkSettings,
  writeNewLink,
  writeVxlanChange,
  type DecodedLink,
} from './netlink/link-codec.js';
import { MessageWriter } from './netlink/writer.js';

interface Step {
  readonly type: number;
  readonly flags: number;
  readonly body: (writer: MessageWriter) => void;
}

/** Makes, changes and removes links, each after a look at what has the name at that moment. */
export class LinkExecutor {
  constructor(private readonly socket: NetlinkSocket) {}

  find(name: string): DecodedLink | undefined {
    const { answer } = this.socket.request(RTM.GETLINK, (writer) => writeLinkSelector(writer, name));
    return answer && decodeLink(answer.payload);
  }

  apply(change: Change, link: LinkObject): Refusal | undefined {
    const present = this.find(link.name);
    if (present && !this.mayTouch(present, change, link)) return foreign(present);
    if (change.op === 'remove') return present && this.send([removal(present.index)]);
    if (!present) return this.create(link);
    const previous = linkObject(present);
    if (previous && !mustRecreate(previous, link)) return this.update(link, previous, present);
    return this.send([removal(present.index)]) ?? this.create(link);
  }

  /** Ours by its alias, or without one as it was when it was read and found adoptable. */
  private mayTouch(present: DecodedLink, change: Change, link: LinkObject): boolean {
    if (present.alias === link.alias) return present.kind === link.kind || change.op !== 'add';
    return (
      change.op === 'replace' && change.previous.type === 'link' && present.alias === change.previous.alias
    );
  }

  /** Created and given its alias in one system call: one that exists without would not be known again. */
  private create(link: LinkObject): Refusal | undefined {
    const settings = this.settings(link, undefined);
    if ('code' in settings) return settings;
    const flags = NLM_F.CREATE | NLM_F.EXCL;
    const refused = this.exchange([
      { type: RTM.NEWLINK, flags, body: (writer) => writeNewLink(writer, link) },
      settings,
    ]);
    const onlySettings = refused.length === 1 && refused[0]?.step === 1;
    const unmarked = onlySettings ? this.find(link.name) : undefined;
    if (unmarked) this.send([removal(unmarked.index)]);
    return refused[0];
  }

  private update(link: LinkObject, previous: LinkObject, present: DecodedLink): Refusal | undefined {
    const wanted = 'mac' in link ? link.mac : undefined;
    const settings = this.settings(link, wanted === present.mac ? undefined : wanted);
    if ('code' in settings) return settings;
    const vxlan = link.kind === 'vxlan' && vxlanDiffers(previous, link);
    return this.send([
      ...(vxlan
        ? [{ type: RTM.NEWLINK, flags: 0, body: (writer: MessageWriter) => writeVxlanChange(writer, link) }]
        : []),
      settings,
    ]);
  }

  private settings(link: LinkObject, mac: string | undefined): Step | Refusal {
    const master = link.kind === 'veth' ? link.master : undefined;
    const masterIndex = master === undefined ? 0 : this.find(master)?.index;
    if (masterIndex === undefined)
      return { code: 'ENODEV', message: `${link.name}: its bridge ${String(master)} does not exist` };
    return {
      type: RTM.NEWLINK,
      flags: 0,
      body: (writer) => writeLinkSettings(writer, { link, masterIndex, mac }),
    };
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

function removal(index: number): Step {
  return { type: RTM.DELLINK, flags: 0, body: (writer) => writeLinkIndex(writer, index) };
}

function foreign(present: DecodedLink): Refusal {
  const alias = present.alias === '' ? 'no alias' : `the alias "${present.alias}"`;
  return {
    code: 'EEXIST',
    message: `a ${present.kind || 'physical'} device ${present.name} with ${alias} is there and is not ours`,
  };
}

import type { Random } from '../random.js';
import { ModelDisk, type Unsynced } from './disk.js';
import { mount, replace, unmount } from './mount.js';

const isTemporary = (path: string): boolean => path.endsWith('.tmp');

/** The text of a file; undefined when it is not there. */
type State = string | undefined;

/** The files of one host: those on its disk, and those in memory (`/run`), which are gone after every boot. */
export class HostFiles {
  private disk: ModelDisk;
  private readonly memory: ModelDisk;
  /** What the files were when the host last had nothing under way. */
  private promised: ReadonlyMap<string, string> = new Map();
  /** What a file may be as well, as a process was killed in the midst of what it did to it. */
  private doubt: (path: string) => readonly State[] = () => [];

  constructor(
    private readonly folder: string,
    without: Unsynced | undefined,
  ) {
    this.disk = new ModelDisk(`${folder}/disk`, without);
    this.memory = new ModelDisk(`${folder}/run`);
    mount(this.disk);
    mount(this.memory);
  }

  get stateDir(): string {
    return `${this.folder}/disk/state`;
  }

  get subnetFile(): string {
    return `${this.folder}/run/flannel/subnet.env`;
  }

  /** The text of subnet.env; undefined when there is none. */
  subnetEnv(): string | undefined {
    return this.memory.exists(this.subnetFile) ? this.memory.read(this.subnetFile) : undefined;
  }

  /** The subnet that a process that starts finds: of subnet.env, after a boot of the record of it. */
  subnet(): string | undefined {
    const record = `${this.stateDir}/subnet-env.json`;
    const inMemory = /^FLANNEL_SUBNET=(.+)$/m.exec(this.subnetEnv() ?? '');
    return (
      inMemory?.[1] ?? /"subnet": "(.+)"/.exec(this.disk.exists(record) ? this.disk.read(record) : '')?.[1]
    );
  }

  /** An event is over, and with it whatever was under way. */
  settle(): void {
    if (this.memory.changed) this.memory.takeFiles();
    if (!this.disk.changed) return;
    this.promised = this.disk.takeFiles();
    if (this.disk.isSynced) this.doubt = () => [];
  }

  /** Its process was killed, if need be in the midst of its calls: what it wrote stays, and what it still does has no effect. */
  killed(): void {
    if (this.disk.changed) this.doubt = this.versions();
    this.freeze(true);
  }

  /** A new process begins. */
  begin(): void {
    this.freeze(false);
  }

  /** A power cut now would find something that is not on the disk for certain. */
  get isSynced(): boolean {
    return this.disk.isSynced;
  }

  /** Installed anew. */
  clear(): void {
    this.disk.clear();
    this.promised = new Map();
    this.doubt = () => [];
  }

  /** The host booted, after it had been shut down. */
  booted(): void {
    this.memory.clear();
  }

  close(): void {
    unmount(this.disk);
    unmount(this.memory);
  }

  cutAfter(calls: number, cut: () => void): void {
    this.disk.cutAfter(calls, cut);
  }

  /**
   * Cuts the power now; returns what the host finds when it boots: call it then. I9: each file is what it was when the process last went on
   * from writing, or a version that was complete since.
   */
  cutPower(random: Random): () => string | undefined {
    const { promised, disk: before } = this;
    const versions = this.versions();
    const after = before.afterPowerCut(random);
    this.freeze(true);
    return () => {
      this.disk = after;
      replace(after);
      const found = after.takeFiles();
      this.promised = found;
      this.doubt = () => [];
      for (const path of new Set([...promised.keys(), ...found.keys()])) {
        if (isTemporary(path)) continue;
        const text = found.get(path);
        const cameBack = text !== undefined && text === before.beforeRemoval(path);
        if (!versions(path).includes(text) && !cameBack)
          return `${path} was ${shown(promised.get(path))} and is ${shown(text)} after a power cut`;
      }
      return undefined;
    };
  }

  private freeze(frozen: boolean): void {
    for (const disk of [this.disk, this.memory]) disk.frozen = frozen;
  }

  /** What each file may be after a power cut now, as far as it was not removed. */
  private versions(): (path: string) => readonly State[] {
    const { promised, doubt } = this;
    const renamed = this.disk.versions();
    return (path) => [promised.get(path), ...(renamed.get(path) ?? []), ...doubt(path)];
  }
}

const shown = (text: string | undefined): string => (text === undefined ? 'not there' : JSON.stringify(text));

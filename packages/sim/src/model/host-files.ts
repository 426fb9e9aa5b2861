import type { Random } from '../random.js';
import { ModelDisk, type Unsynced } from './disk.js';
import { mount, unmount } from './mount.js';

const isTemporary = (path: string): boolean => path.endsWith('.tmp');

/** The files of one host: those on its disk, and those in memory (`/run`), which are gone after every boot. */
export class HostFiles {
  private disk: ModelDisk;
  private readonly memory: ModelDisk;
  /** What the files were when the host last had nothing under way. */
  private promised: ReadonlyMap<string, string> = new Map();

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

  /** An event is over, and with it whatever was under way. */
  settle(): void {
    if (this.disk.changed) this.promised = this.disk.takeFiles();
  }

  /** Installed anew. */
  clear(): void {
    this.disk.clear();
    this.memory.clear();
    this.promised = new Map();
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
    const versions = before.versions();
    const after = before.afterPowerCut(random);
    return () => {
      this.disk = after;
      mount(after);
      this.memory.clear();
      const found = after.takeFiles();
      this.promised = found;
      for (const path of new Set([...promised.keys(), ...found.keys()])) {
        if (isTemporary(path)) continue;
        const text = found.get(path);
        const good = [promised.get(path), ...(versions.get(path) ?? [])];
        const cameBack = text !== undefined && text === before.beforeRemoval(path);
        if (!good.includes(text) && !cameBack)
          return `${path} was ${shown(promised.get(path))} and is ${shown(text)} after a power cut`;
      }
      return undefined;
    };
  }
}

const shown = (text: string | undefined): string => (text === undefined ? 'not there' : JSON.stringify(text));

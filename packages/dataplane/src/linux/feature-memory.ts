import type { KernelFeature } from '../model.js';

/** An operator who loads a module is believed after that long; until then nothing is probed, as a probe runs modprobe. */
export const ABSENT_MS = 30_000;

interface Finding {
  readonly answer: Promise<boolean>;
  /** On the clock `now`; no end while the probe runs, and for what is there. */
  until: number;
}

/** Remembers what a kernel has for good, and what it lacks for `ABSENT_MS`; a probe that failed is not remembered. */
export class FeatureMemory {
  private readonly known = new Map<KernelFeature, Finding>();

  /** @param now milliseconds on a clock that only goes forward */
  constructor(
    private readonly probe: (feature: KernelFeature) => Promise<boolean>,
    private readonly now: () => number,
  ) {}

  /** Rejects as the probe does. */
  has(feature: KernelFeature): Promise<boolean> {
    const known = this.known.get(feature);
    if (known !== undefined && this.now() < known.until) return known.answer;
    const finding: Finding = { answer: this.probe(feature), until: Infinity };
    this.known.set(feature, finding);
    finding.answer.then(
      (there) => (finding.until = there ? Infinity : this.now() + ABSENT_MS),
      () => (finding.until = -Infinity),
    );
    return finding.answer;
  }
}

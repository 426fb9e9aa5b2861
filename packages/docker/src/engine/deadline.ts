import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';

/** One span of time that several calls share. */
export class Deadline {
  private readonly end: number;

  constructor(private readonly milliseconds: number) {
    this.end = performance.now() + milliseconds;
  }

  /** Milliseconds left, at least 1. */
  remaining(): number {
    return Math.max(1, Math.ceil(this.end - performance.now()));
  }

  /** The result of `work`, or OVL_DOCKER_TIMEOUT at the end of the span; `work` itself goes on and its failure is dropped then. */
  async within<T>(what: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.expired(what)), this.remaining());
    });
    try {
      return await Promise.race([work, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with `value` at the end of the span; does not keep the process. */
  passed<T>(value: T): Promise<T> {
    return sleep(this.remaining(), value, { ref: false });
  }

  private expired(what: string): OverlayError {
    const message = `Docker did not answer (${what}) within ${this.milliseconds} ms. The overlay runs on without it; see whether dockerd hangs.`;
    return new OverlayError('OVL_DOCKER_TIMEOUT', message);
  }
}

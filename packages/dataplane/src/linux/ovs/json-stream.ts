import { OverlayError } from '@overlay/cidr';

const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Cuts a stream of bytes into its JSON objects: JSON-RPC over a socket has nothing else between its messages (RFC 7047 section 4). */
export class JsonStream {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private depth = 0;
  private inText = false;
  private escaped = false;

  constructor(private readonly maxBytes: number) {}

  /** The messages that `chunk` completes. Throws OVL_OVS_PROTOCOL for what is no JSON, or too long. */
  push(chunk: Buffer): unknown[] {
    const messages: unknown[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      if (!this.step(chunk[index] ?? 0)) continue;
      messages.push(this.complete(chunk.subarray(start, index + 1)));
      start = index + 1;
    }
    this.keep(chunk.subarray(start));
    return messages;
  }

  /** Takes one byte; true when it ends a message. */
  private step(byte: number): boolean {
    if (this.inText) this.textStep(byte);
    else if (byte === QUOTE && this.depth > 0) this.inText = true;
    else if (OPEN.has(byte)) this.depth += 1;
    else if (CLOSE.has(byte) && this.depth > 0) return (this.depth -= 1) === 0;
    else if (this.depth === 0 && !SPACE.has(byte)) throw broken('it sends something between messages');
    return false;
  }

  private textStep(byte: number): void {
    if (this.escaped) this.escaped = false;
    else if (byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.inText = false;
  }

  private keep(rest: Buffer): void {
    this.pendingBytes += rest.length;
    if (this.pendingBytes > this.maxBytes) throw broken(`a message is longer than ${this.maxBytes} bytes`);
    if (rest.length > 0) this.pending.push(rest);
  }

  private complete(end: Buffer): unknown {
    this.keep(end);
    const text = Buffer.concat(this.pending).toString('utf8');
    this.pending = [];
    this.pendingBytes = 0;
    try {
      return JSON.parse(text);
    } catch (error) {
      throw broken('a message is not JSON', error);
    }
  }
}

function broken(problem: string, cause?: unknown): OverlayError {
  return new OverlayError(
    'OVL_OVS_PROTOCOL',
    `what answers on Open vSwitch's socket does not speak its protocol: ${problem}. Check what listens there`,
    { cause },
  );
}

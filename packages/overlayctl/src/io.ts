import type { Readable, Writable } from 'node:stream';

/** A place to write: `isTTY` and `columns` as node gives them for a terminal. */
export type Sink = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

/** All that the command line touches of its process; a test passes its own. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Everything of a stream as UTF-8 text. */
export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return Buffer.concat(chunks).toString('utf8');
}

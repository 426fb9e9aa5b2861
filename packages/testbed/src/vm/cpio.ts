/** One file, folder or device of an initrd. */
export interface ArchiveEntry {
  /** Without a leading slash: `bin/busybox`. */
  readonly path: string;
  /** Type and permission bits as in `st_mode`: 0o100755 for a program, 0o040755 for a folder. */
  readonly mode: number;
  readonly data?: Buffer;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
}

const ALIGNMENT = 4;

/**
 * An archive the kernel unpacks as its first file system: cpio in the "new ASCII" format (magic 070701, kernel
 * Documentation/driver-api/early-userspace/buffer-format.rst). Entries come in the order given, so folders go before what is in them.
 */
export function packCpio(entries: readonly ArchiveEntry[]): Buffer {
  const records = entries.map((entry, index) => packEntry(entry, index + 1));
  return Buffer.concat([...records, packEntry({ path: 'TRAILER!!!', mode: 0 }, 0)]);
}

function packEntry({ path, mode, data = Buffer.alloc(0), device }: ArchiveEntry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const [major = 0, minor = 0] = device ?? [];
  const numbers = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(data)]);
}

function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % ALIGNMENT;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(ALIGNMENT - rest)]);
}

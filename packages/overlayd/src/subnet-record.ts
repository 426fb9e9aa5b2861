import { createHash } from 'node:crypto';
import { parsePrefix, type Prefix } from '@overlay/cidr';

/** `<state-dir>/subnet-env.json`: what earlier starts left on this host that nothing else tells of. */
export interface SubnetRecord {
  /** Where subnet.env was written, and the SHA-256 of what, in hex. */
  readonly path: string;
  readonly sha256: string;
  /** Overlay networks of these starts: routes of our protocol inside them are ours. */
  readonly networks: readonly Prefix[];
  /** The Docker mode last used, other than `off`. */
  readonly docker?: { readonly mode: 'daemon-json' | 'network'; readonly network?: string };
}

function prefixes(value: unknown): readonly Prefix[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((text) => {
    try {
      return [parsePrefix(String(text))];
    } catch {
      return [];
    }
  });
}

function dockerOf(value: unknown): Pick<SubnetRecord, 'docker'> {
  const { mode, network } = (value ?? {}) as { mode?: unknown; network?: unknown };
  if (mode !== 'daemon-json' && mode !== 'network') return {};
  return { docker: { mode, ...(typeof network === 'string' && network !== '' ? { network } : {}) } };
}

/** Reads the record. Undefined when it is no JSON object; parts that make no sense are left out. */
export function parseSubnetRecord(text: string | undefined): SubnetRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { path, sha256, networks, docker } = value as Record<string, unknown>;
  return {
    path: typeof path === 'string' ? path : '',
    sha256: typeof sha256 === 'string' ? sha256 : '',
    networks: prefixes(networks),
    ...dockerOf(docker),
  };
}

/** Whether the file at `path` with this content is the one we wrote. */
export function isRecorded(record: SubnetRecord | undefined, path: string, content: string): boolean {
  return record?.path === path && record.sha256 === createHash('sha256').update(content).digest('hex');
}

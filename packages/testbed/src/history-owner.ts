/** Who wrote a lease value. Both absent: the value cannot be read, and nobody is known to have written it. */
export interface Owner {
  readonly nodeId?: string;
  readonly publicIp?: string;
}

/** Reads the owner out of a lease value: `Overlay.NodeID`, and Flannel's `PublicIP`. */
export function ownerOf(value: string): Owner {
  const lease = read(value);
  const nodeId = text(object(lease['Overlay'])['NodeID']);
  const publicIp = text(lease['PublicIP']);
  return { ...(nodeId !== undefined && { nodeId }), ...(publicIp !== undefined && { publicIp }) };
}

/** Whether two values are by one node: the node ids decide; where one has none (Flannel's), the public addresses. */
export function same(a: Owner, b: Owner): boolean {
  if (a.nodeId !== undefined && b.nodeId !== undefined) return a.nodeId === b.nodeId;
  return a.publicIp !== undefined && a.publicIp === b.publicIp;
}

/** Whether the owner is another one, or goes by another name now, so that what overlaps has to be judged again. */
export function differs(before: Owner, after: Owner): boolean {
  return before.nodeId !== after.nodeId || before.publicIp !== after.publicIp;
}

/** As messages name the owner. */
export function textOf({ nodeId, publicIp }: Owner): string {
  if (nodeId !== undefined) return `node ${nodeId}`;
  return publicIp === undefined ? 'somebody whose value cannot be read' : `the host ${publicIp}`;
}

function read(value: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(value));
  } catch {
    return {};
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

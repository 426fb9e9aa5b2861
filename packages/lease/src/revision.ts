/** Orders two etcd revisions in decimal text, which may exceed 2^53: negative when `a` is older. */
export function compareRevision(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

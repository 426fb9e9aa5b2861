import type { Cluster, Host } from '@overlay/testbed';

/** Frames from one host of the rig to another. */
export interface Way {
  readonly from: Host;
  readonly to: Host;
}

const TABLE = 'bridge nemesis';

export const bothWays = (one: Host, others: readonly Host[]): readonly Way[] =>
  others.flatMap((other) => [
    { from: one, to: other },
    { from: other, to: one },
  ]);

/** What goes these ways over the switch vanishes, without a word to either side. Nothing else is cut any more. */
export async function cut(cluster: Cluster, ways: readonly Way[]): Promise<void> {
  const drops = ways.map(({ from, to }) => `ip saddr ${from.address} ip daddr ${to.address} drop`);
  await cluster.exec(['nft', '-f', '-'], {
    input: `add table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ${drops.join('\n    ')}
  }
}
`,
  });
}

/** Nothing is cut any more. */
export async function mend(cluster: Cluster): Promise<void> {
  await cluster.exec(['nft', '-f', '-'], { input: `add table ${TABLE}\ndelete table ${TABLE}\n` });
}

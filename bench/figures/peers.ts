import type { Cluster, Etcd } from '@overlay/testbed';
import { loadPeers, NETWORK } from '../leases';
import type { Figure, Row } from '../report';
import { withRig } from '../rig';
import { summarise, type Summary } from '../stats';
import type { Yardsticks } from '../yardstick/compile';
import { kernelWorkMs } from '../yardstick/kernel-work';
import { coldStart, type ColdStart } from './cold-start';
import { bareNodeMemory, type Memory } from './memory';

const SIZES = [0, 1000, 10_000];
const ROUNDS = 3;

interface Sized {
  readonly count: number;
  readonly starts: readonly ColdStart[];
  /** Of the kernel work alone, ms; empty without peers. */
  readonly floor: readonly number[];
}

/** Start on an empty kernel, restart on a right one, and memory, by number of leases. */
export async function peers(yardsticks: Yardsticks | undefined): Promise<readonly Figure[]> {
  const node = await bareNodeMemory();
  return withRig('peers', 1, NETWORK, async (cluster, etcd) => {
    const sized: Sized[] = [];
    for (const count of SIZES) sized.push(await atSize(cluster, etcd, count, yardsticks));
    return [startFigure(sized, yardsticks !== undefined), memoryFigure(sized, node)];
  });
}

async function atSize(
  cluster: Cluster,
  etcd: Etcd,
  count: number,
  yardsticks: Yardsticks | undefined,
): Promise<Sized> {
  const starts: ColdStart[] = [];
  const floor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await loadPeers(etcd, count);
    if (count > 0) floor.push(await kernelWorkMs(count, yardsticks));
    starts.push(await coldStart(cluster.host(1), count, yardsticks));
  }
  const written = starts.map(({ restartChanges }) => restartChanges).find((changes) => changes !== 0);
  if (written !== undefined)
    throw new Error(
      `a restart on a right kernel with ${count} peers made ${written} changes instead of none`,
    );
  return { count, starts, floor };
}

function startFigure(sized: readonly Sized[], exact: boolean): Figure {
  return {
    title: 'Peers programmed, from the start of the process',
    unit: 'ms',
    yardstick: exact
      ? 'the kernel work alone, batched by a C program'
      : 'the kernel work alone, by ip -batch and bridge -batch',
    rows: sized.flatMap(startRows),
    notes: [
      'A restart on a right kernel made 0 kernel changes each time.',
      ...(exact
        ? []
        : [
            'There is no cc: the yardstick is iproute2, and the end is looked for every 50 ms, which slows the start down.',
          ]),
    ],
  };
}

function startRows({ count, starts, floor }: Sized): Row[] {
  const programmed = summarise(starts.map((start) => start.programmed));
  const restart = rowOf(`${count} peers, restart to ready`, summarise(starts.map((start) => start.restart)));
  if (floor.length === 0) return [rowOf(`${count} peers, start to ready`, programmed), restart];
  const base = summarise(floor);
  const work = starts.flatMap(({ kernelWork }) => kernelWork ?? []);
  return [
    rowOf(`${count} peers, kernel work alone`, base),
    ...(work.length === 0 ? [] : [rowOf(`${count} peers, first to last entry`, summarise(work), base)]),
    rowOf(`${count} peers, start to last entry`, programmed, base),
    restart,
  ];
}

function memoryFigure(sized: readonly Sized[], node: Memory): Figure {
  const base = { resident: summarise([node.resident]), private: summarise([node.private]) };
  const rows = (['resident', 'private'] as const).flatMap((kind) => [
    rowOf(`a bare Node, ${kind}`, base[kind]),
    ...sized.map(({ count, starts }) => {
      const summary = summarise(starts.map(({ memory }) => memory[kind]));
      return rowOf(`${count} peers, ${kind}`, summary, base[kind]);
    }),
  ]);
  return {
    title: 'Memory of overlayd, 2 s after it was ready',
    unit: 'MiB',
    yardstick: 'a bare Node',
    rows,
    notes: [],
  };
}

function rowOf(name: string, summary: Summary, base?: Summary): Row {
  return { name, summary, ...(base === undefined ? {} : { ratio: summary.median / base.median }) };
}

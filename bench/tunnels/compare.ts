import { percent, type Figure, type Row } from '../report';
import { summarise } from '../stats';
import type { HandBackend } from '../yardstick/by-hand';
import type { TunnelOptions } from './options';

/** What one pair of hosts did in one round. */
export interface Result {
  /** Mbit/s that the receiver of one TCP stream got. */
  readonly megabits: number;
  /** Microseconds of each ping. */
  readonly roundTrips: readonly number[];
}

export interface Round {
  readonly hand: Result;
  readonly ours: Result;
}

export interface Measured {
  readonly backend: HandBackend;
  readonly rounds: readonly Round[];
}

/** Where it was measured: on the machine's own kernel, or in the virtual machine. */
type Place = 'native' | 'vm';
export type Places = readonly (readonly [Place, readonly Measured[]])[];

const TARGET = 0.98;
const YARDSTICK = 'the same device made by hand with iproute2 and wg';
const yardstickOf = ({ masquerade }: TunnelOptions): string =>
  masquerade ? `${YARDSTICK}, with masquerading` : YARDSTICK;

/** Throughput and latency of every backend, wherever it was measured. */
export function tunnelFigures(places: Places, options: TunnelOptions): readonly [Figure, Figure] {
  const { rounds, seconds, pings } = options;
  const throughput = rowsOf(places, ({ megabits }) => [megabits]);
  const latency = rowsOf(places, ({ roundTrips }) => roundTrips);
  const turns = `${rounds} rounds of each, in turns; ratio: median of the rounds' ratios; spread: (largest - smallest) / median of the rounds by hand.`;
  return [
    {
      title: `TCP between pods behind two hosts, 1 stream, ${seconds} s`,
      unit: 'Mbit/s',
      yardstick: yardstickOf(options),
      rows: throughput,
      notes: [turns, verdict(throughput)],
    },
    {
      title: `Round trip between pods behind two hosts, ${pings} pings, 100 a second`,
      unit: 'us',
      yardstick: yardstickOf(options),
      rows: latency,
      notes: [turns, 'A time: less is better.'],
    },
  ];
}

function rowsOf(places: Places, values: (result: Result) => readonly number[]): Row[] {
  return places.flatMap(([place, measured]) =>
    measured.flatMap(({ backend, rounds }) =>
      pairOfRows(
        `${place} ${backend}`,
        rounds.map((round) => values(round.hand)),
        rounds.map((round) => values(round.ours)),
      ),
    ),
  );
}

/** Each round is compared with itself, so that what changes from round to round cancels out. */
function pairOfRows(
  name: string,
  hand: readonly (readonly number[])[],
  ours: readonly (readonly number[])[],
): Row[] {
  const [floors, found] = [hand.map(median), ours.map(median)];
  const spread = (Math.max(...floors) - Math.min(...floors)) / median(floors);
  const ratio = median(found.map((value, round) => value / (floors[round] ?? Number.NaN)));
  return [
    { name: `${name}, by hand`, summary: summarise(hand.flat()), spread },
    { name: `${name}, overlayd`, summary: summarise(ours.flat()), ratio },
  ];
}

const median = (values: readonly number[]): number => summarise(values).median;

/** Which ratios miss the target: the row before each is its yardstick. */
function verdict(rows: readonly Row[]): string {
  const below = rows.flatMap(({ name, ratio = 1 }, index) =>
    ratio < TARGET
      ? [`${name.replace(', overlayd', '')} (by hand ${percent(rows[index - 1]?.spread ?? 0)} apart)`]
      : [],
  );
  return below.length === 0
    ? `Every ratio is at least ${TARGET}.`
    : `Below the target of ${TARGET}: ${below.join(', ')}.`;
}

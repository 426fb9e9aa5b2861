import { runChangeWorker } from './figures/change-worker';
import { oneChange } from './figures/one-change';
import { peers } from './figures/peers';
import { traffic } from './figures/traffic';
import { describeMachine, renderMachine } from './machine';
import { record, renderFigure, type Figure } from './report';
import { sweepRigs } from './rig';
import { tunnelOptions } from './tunnels/options';
import { tunnels } from './tunnels/run';
import { compileYardsticks, type Yardsticks } from './yardstick/compile';
import { removeKernelWork } from './yardstick/kernel-work';

const USAGE = `usage: npm run bench -- quick [change] [peers] [traffic]
       npm run bench -- tunnels [BACKEND ...] [--rounds=N] [--seconds=N] [--masquerade]

  quick     the figures that fit in about four minutes; all of them are recorded in bench/results/quick.json
  change    only one lease added, to its route in the kernel
  peers     only 1,000 and 10,000 peers programmed, and memory
  traffic   only throughput of vxlan and host-gw
  tunnels   throughput and latency of host-gw, vxlan, gre, ipip, udp and wireguard beside the same devices made by hand: in a virtual
            machine, and on this kernel what it has. No run is recorded yet, and how long one takes is not known; a complete one goes to
            bench/results/tunnels.json.
            --masquerade gives the hosts made by hand firewall rules too
`;

type Measure = (yardsticks: Yardsticks | undefined) => Promise<readonly Figure[]>;

const FIGURES: Readonly<Record<string, Measure>> = {
  change: async () => [await oneChange()],
  peers,
  traffic: async () => [await traffic()],
};

/** Measures, prints each figure as it is there, and gives them all. */
async function measureAll(names: readonly string[]): Promise<readonly Figure[]> {
  const yardsticks = await compileYardsticks();
  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`measuring ${name} ...\n`);
    const found = (await FIGURES[name]?.(yardsticks)) ?? [];
    for (const figure of found) process.stdout.write(`${renderFigure(figure)}\n`);
    figures.push(...found);
  }
  return figures;
}

/** Runs `quick`; only a complete run is recorded. */
async function quick(only: readonly string[]): Promise<void> {
  const machine = describeMachine();
  process.stdout.write(`${renderMachine(machine)}\n`);
  const started = performance.now();
  const figures = await measureAll(only.length === 0 ? Object.keys(FIGURES) : only);
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`done in ${seconds} s\n`);
  if (only.length > 0) return;
  await record('quick', { machine, seconds, figures });
}

async function main([mode, ...rest]: readonly string[]): Promise<number> {
  if (mode === 'change-worker') {
    await runChangeWorker(rest);
    return 0;
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const work = workOf(mode, rest);
  if (work === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  await work();
  return 0;
}

/** What a command line asks for; undefined when it is nothing known. */
function workOf(mode: string | undefined, rest: readonly string[]): (() => Promise<void>) | undefined {
  if (mode === 'quick' && rest.every((name) => name in FIGURES)) return () => quick(rest);
  const options = mode === 'tunnels' ? tunnelOptions(rest) : undefined;
  return options && (() => tunnels(options, stop.signal));
}

const stop = new AbortController();

/** Ctrl-C takes the rigs away before it ends the run; what fails because of that is not reported. */
function interrupted(): void {
  stop.abort();
  process.stderr.write('bench: interrupted, cleaning up ...\n');
  void Promise.all([sweepRigs(), removeKernelWork()]).finally(() => process.exit(130));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (stop.signal.aborted) return;
    process.stderr.write(
      `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);

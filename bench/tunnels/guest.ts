import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describeMachine, type Machine } from '../machine';
import type { Measured } from './compare';
import { measureTunnels } from './measure';
import type { TunnelOptions } from './options';

/** What it leaves in the result file. */
export interface Virtual {
  readonly machine: Machine;
  readonly measured: readonly Measured[];
}

/** What runs in the virtual machine: `guest.cjs OPTIONS-AS-JSON RESULT-FILE`. */
async function main([options = '', file = '']: readonly string[]): Promise<void> {
  const machine = describeMachine();
  const measured = await measureTunnels(JSON.parse(options) as TunnelOptions, (line) =>
    process.stdout.write(`${line}\n`),
  );
  const result: Virtual = { machine, measured };
  writeFileSync(file, JSON.stringify(result));
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(1);
  },
);

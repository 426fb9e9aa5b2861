import { describeMachine, renderMachine } from '../machine';
import { record, renderFigure } from '../report';
import { tunnelFigures, type Places } from './compare';
import { measureTunnels } from './measure';
import { ALL, nativePart, type TunnelOptions } from './options';
import { measureInVm } from './virtual';

/** Measures natively what this kernel has, and everything in the virtual machine; only a run of all backends is recorded. */
export async function tunnels(options: TunnelOptions, signal: AbortSignal): Promise<void> {
  const machine = describeMachine();
  const started = performance.now();
  const say = (place: string) => (line: string) => process.stderr.write(`${place}: ${line}\n`);
  const part = nativePart(options);
  const native = part === undefined ? [] : await measureTunnels(part, say('native'));
  const virtual = await measureInVm(options, say('vm'), signal);
  const places: Places = [
    ['native', native],
    ['vm', virtual.measured],
  ];
  const figures = tunnelFigures(places, options);
  process.stdout.write(`\nnative: ${renderMachine(machine)}vm: ${renderMachine(virtual.machine)}\n`);
  for (const figure of figures) process.stdout.write(`${renderFigure(figure)}\n`);
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`done in ${seconds} s\n`);
  if (options.masquerade || options.backends.length < ALL.length) return;
  await record('tunnels', { machine, vm: virtual.machine, seconds, figures });
}

import type { Io, Sink } from '../io.js';

export type Colour = 'red' | 'green' | 'yellow' | 'dim';

/** SGR parameters of ECMA-48. */
const SGR: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2 };

/** Colour only on a terminal, and not when NO_COLOR is set to anything (no-color.org). */
export function hasColour(sink: Sink, env: Io['env']): boolean {
  return sink.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : `\u001b[${SGR[colour]}m${text}\u001b[0m`;
}

/** The colour of a state or a result, where it has one. */
export function colourOf(state: string): Colour | undefined {
  if (['ok', 'own', 'held', 'used', 'valid', 'yes', 'done', 'fits'].includes(state)) return 'green';
  if (['warn', 'other-backend', 'acquiring', 'draining', 'left'].includes(state)) return 'yellow';
  if (['fail', 'rejected', 'lost', 'conflict', 'no', 'failed', 'silent'].includes(state)) return 'red';
  return state === 'skip' || state === 'reserved' ? 'dim' : undefined;
}

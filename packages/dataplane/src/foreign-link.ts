import type { LinkFact } from './model.js';

/** One line for a person about a device that is in our way. */
export function foreignLink({ kind, name, alias }: Pick<LinkFact, 'kind' | 'name' | 'alias'>): string {
  const mark = alias === '' ? 'no alias' : `the alias "${alias}"`;
  return `a ${kind || 'physical'} device ${name} with ${mark} is not ours`;
}

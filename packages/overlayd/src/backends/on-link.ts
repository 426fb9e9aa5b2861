import { contains, type Address } from '@overlay/cidr';
import type { HostFacts } from './model.js';

/** The link a host is reached over without a gateway: longest prefix first. Undefined when it takes a router. */
export function onLink(facts: Pick<HostFacts, 'onLink'>, address: Address): string | undefined {
  const matches = facts.onLink.filter(
    ({ prefix }) => prefix.family === address.family && contains(prefix, address),
  );
  return matches.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.link;
}

import type { Prefix } from '@overlay/cidr';

const IPV4_BASE = 100;
const IPV4_MASK = 1023;
const IPV6_METRIC = 1024;

/**
 * The route metric for a peer's subnet, a pure function of the prefix: a replace with another metric would make a second route.
 *
 * IPv4: 100 + (subnet index & 1023), the index being the network bits as a number. The kernel hashes next hops by protocol,
 * scope, metric and device but not by gateway (fib_find_info, net/ipv4/fib_semantics.c), so that N on-link routes of one
 * metric on one device cost N squared to add. IPv6 has no such table: 1024, the metric the kernel gives a route without one,
 * which is also the identity of the route Flannel leaves behind, so that taking it over is one atomic replace.
 */
export function spreadMetric(prefix: Prefix): number {
  if (prefix.family === 6) return IPV6_METRIC;
  const index = prefix.length === 0 ? 0 : prefix.bits >>> (32 - prefix.length);
  return IPV4_BASE + (index & IPV4_MASK);
}

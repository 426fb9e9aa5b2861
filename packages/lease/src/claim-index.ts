import { formatPrefix } from '@overlay/cidr';

import type { Candidate, Claims } from './lease-candidate.js';
import { compareAge, isProblem } from './lease-candidate.js';
import type { Problem } from './lease-rules.js';
import { problem } from './lease-rules.js';
import { PrefixTrie } from './prefix-trie.js';

type Half = 'ipv4' | 'ipv6';
const HALVES: readonly Half[] = ['ipv4', 'ipv6'];

/** Who claims what: finds the leases that cannot stand together. Every operation costs about log n plus what it finds. */
export class ClaimIndex {
  readonly tries = { ipv4: new PrefixTrie<Candidate>(), ipv6: new PrefixTrie<Candidate>() };
  private readonly owners = new Map<string, Set<Candidate>>();

  add(candidate: Candidate): void {
    for (const [half, claims] of claimsOf(candidate)) {
      this.tries[half].add(claims.bits, candidate);
      for (const thing of claims.unique) {
        const owners = this.owners.get(thing);
        if (owners === undefined) this.owners.set(thing, new Set([candidate]));
        else owners.add(candidate);
      }
    }
  }

  remove(candidate: Candidate): void {
    for (const [half, claims] of claimsOf(candidate)) {
      this.tries[half].remove(claims.bits, candidate);
      for (const thing of claims.unique) {
        const owners = this.owners.get(thing);
        owners?.delete(candidate);
        if (owners?.size === 0) this.owners.delete(thing);
      }
    }
  }

  /** Why an older lease in use excludes this half, undefined when none does. The same answer whatever came first. */
  objection(candidate: Candidate, half: Half): Problem | undefined {
    const claims = candidate[half];
    if (claims === undefined || isProblem(claims)) return claims;
    for (const other of this.tries[half].overlapping(claims.bits)) {
      if (!holds(other, half) || compareAge(other, candidate) >= 0) continue;
      return problem(
        'OVL_LEASE_OVERLAP',
        `${formatPrefix(claims.subnet)} overlaps the older lease ${other.raw.name}`,
      );
    }
    for (const thing of claims.unique) {
      const owners = this.owners.get(thing);
      if (owners === undefined || owners.size === 1) continue;
      const older = [...owners]
        .filter(
          (other) => holds(other, half) && !ofOneHost(other, candidate) && compareAge(other, candidate) < 0,
        )
        .sort(compareAge)[0];
      if (older !== undefined)
        return problem('OVL_LEASE_DUPLICATE', `the ${thing} belongs to the older lease ${older.raw.name}`);
    }
    return undefined;
  }

  /** The younger leases whose verdict may depend on this one. */
  *younger(candidate: Candidate): Iterable<Candidate> {
    for (const [half, claims] of claimsOf(candidate)) {
      for (const other of this.rivals(claims, half)) {
        if (compareAge(candidate, other) < 0) yield other;
      }
    }
  }

  private *rivals(claims: Claims, half: Half): Iterable<Candidate> {
    yield* this.tries[half].overlapping(claims.bits);
    for (const thing of claims.unique) yield* this.owners.get(thing) ?? [];
  }
}

function claimsOf(candidate: Candidate): [Half, Claims][] {
  const all: [Half, Claims][] = [];
  for (const half of HALVES) {
    const claims = candidate[half];
    if (claims !== undefined && !isProblem(claims)) all.push([half, claims]);
  }
  return all;
}

function ofOneHost(a: Candidate, b: Candidate): boolean {
  return a.host !== undefined && a.host === b.host;
}

function holds(candidate: Candidate, half: Half): boolean {
  return half === 'ipv4' ? candidate.verdict.used : candidate.verdict.ipv6Used;
}

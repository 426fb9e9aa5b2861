import { equalPrefix, formatPrefix } from '@overlay/cidr';
import type { DockerMode, DockerReport, DockerWish } from '@overlay/docker';
import type { LeaseSubnets } from '@overlay/lease';

/** How long an old subnet is kept where nobody can tell whether containers are in it, ms. */
export const BLIND_MS = 600_000;

export interface DrainingInput {
  readonly docker: DockerMode;
  /** What Docker was last told, and what it then was. */
  readonly answer: { readonly wish: DockerWish; readonly report: DockerReport } | undefined;
  /** The subnets that this host moves to. */
  readonly next: LeaseSubnets;
  /** How long the old lease has been held beside the new one, ms. */
  readonly heldMs: number;
}

/** What an old subnet is kept for, undefined when it can go: Docker has the new one, and so no container is in the old one any more. */
export function waitingFor({ docker, answer, next, heldMs }: DrainingInput): string | undefined {
  if (docker === 'off') return blind(heldMs);
  if (answer === undefined || !equalPrefix(answer.wish.subnet, next.subnet)) return 'Docker to be looked at';
  const { report } = answer;
  if (report.reachable && report.state === 'ready') return undefined;
  const [problem] = report.problems;
  return `Docker to use ${formatPrefix(next.subnet)}${problem === undefined ? '' : `: ${problem.message}`}`;
}

function blind(heldMs: number): string | undefined {
  if (heldMs >= BLIND_MS) return undefined;
  const minutes = Math.ceil((BLIND_MS - heldMs) / 60_000);
  return `${minutes} more minutes, as with --docker=off nobody tells when its last container is gone`;
}

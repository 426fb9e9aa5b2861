import type { ExplainReply } from '@overlay/api';
import { formatAddress, parseAddress } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { renderFacts } from '../output/table.js';

export const run: CommandRun = async (context, [argument = '']) => {
  const address = formatAddress(parseAddress(argument));
  const daemon = await context.daemon();
  const data = await withProgress(context.io, `explaining ${address}`, daemon.explain({ address }));
  await show(context.io, context.settings.output, { data, text: () => explainText(data) });
  return undefined;
};

export function explainText(reply: ExplainReply): string {
  const { lease } = reply;
  const facts: [string, string][] = [
    [reply.address, reply.summary],
    ['verdict', reply.verdict],
    [
      'lease',
      lease === null
        ? ''
        : `${lease.subnet} of ${lease.node || lease.publicIp}, ${lease.backend || 'no backend'}, ${lease.state}`,
    ],
    ['device', reply.device],
    ['next hop', reply.nextHop],
    ['MTU', reply.mtu === 0 ? '' : String(reply.mtu)],
    ['kernel says', reply.kernelRoute],
    ...reply.facts.map(({ name, value }): [string, string] => [name, value]),
    ['in the way', reply.obstacles.length === 0 ? 'nothing known' : reply.obstacles.join('\n')],
  ];
  return renderFacts(facts.filter(([, value]) => value !== ''));
}

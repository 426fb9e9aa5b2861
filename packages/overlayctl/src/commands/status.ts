import type { StatusReply } from '@overlay/api';
import type { CommandRun } from '../command-spec.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { renderFacts } from '../output/table.js';
import { count, span } from '../output/text.js';

export const run: CommandRun = async (context) => {
  const daemon = await context.daemon();
  const data = await withProgress(context.io, 'asking overlayd', daemon.status({}));
  await show(context.io, context.settings.output, { data, text: () => statusText(data) });
  return undefined;
};

export function statusText(status: StatusReply): string {
  const { version, instance, hostname, nodeId, uptimeSeconds, ready, notReady, problems } = status;
  const facts: [string, string][] = [
    ['overlayd', `${version}, instance ${instance}, up ${span(uptimeSeconds)}`],
    ['node', [hostname, nodeId].filter(Boolean).join(', id ')],
    ['ready', ready ? 'yes' : ['no', ...notReady].join('\n')],
    ['lease', leaseText(status.lease)],
    ['network', [status.network, status.ipv6Network].filter(Boolean).join(', ')],
    ['backend', backendText(status)],
    ['ways', waysText(status.backends)],
    ['etcd', etcdText(status.etcd)],
    ['peers', peersText(status.peers)],
    ['reconcile', reconcileText(status.reconcile)],
    ['firewall', firewallText(status.firewall)],
    ['docker', dockerText(status.docker)],
    [
      'problems',
      [...problems, ...(status.docker?.problems ?? [])]
        .map(({ code, message }) => `${code}: ${message}`)
        .join('\n'),
    ],
  ];
  return renderFacts(facts.filter(([, value]) => value !== ''));
}

function leaseText(lease: StatusReply['lease']): string {
  if (lease === null || lease.state === '') return 'none yet';
  const subnets = [lease.subnet, lease.ipv6Subnet].filter(Boolean).join(',');
  const addresses = [lease.publicIp, lease.publicIpv6].filter(Boolean).join(',');
  const expiry =
    lease.expiresInSeconds > 0 ? `, expires in ${span(lease.expiresInSeconds)} unless renewed` : '';
  return `${subnets || 'none'}, ${lease.state}, public address ${addresses || 'unknown'}${expiry}`;
}

function backendText({ backend, mtu, interface: device }: StatusReply): string {
  return backend === '' ? '' : `${backend}, MTU ${mtu}, over ${device}`;
}

/** Said only when there is more to say than the one backend above. */
function waysText(backends: StatusReply['backends']): string {
  if (backends.length <= 1) return '';
  return backends.map(wayText).join('\n');
}

function wayText({
  id,
  type,
  role,
  announced,
  peers,
  neededBy,
  detail,
}: StatusReply['backends'][number]): string {
  if (role === 'waiting') return `${type}: cannot run now: ${detail}`;
  const names = [...neededBy, detail].filter(Boolean).join(', ');
  const needed = names === '' ? '' : `, needed for ${names}`;
  const state = announced ? role : `${role}, not announced any more`;
  return `${id}: ${state}, ${count(peers, 'peer')}${needed}`;
}

function etcdText(etcd: StatusReply['etcd']): string {
  if (etcd === null) return '';
  const place = `${etcd.endpoint} ${etcd.prefix}`.trim();
  if (etcd.connected) return `connected, ${place}, version ${etcd.version}, revision ${etcd.revision}`;
  return `not connected for ${span(etcd.secondsSinceContact)}, ${place}${etcd.detail === '' ? '' : `: ${etcd.detail}`}`;
}

function peersText(peers: StatusReply['peers']): string {
  if (peers === null) return '';
  const { total, programmed, rejected, otherBackend } = peers;
  return `${total}, ${programmed} programmed, ${rejected} rejected, ${otherBackend} of another backend`;
}

function reconcileText(reconcile: StatusReply['reconcile']): string {
  if (reconcile === null) return '';
  const { fullPasses, incrementalPasses, changes, repaired, failing, failures, lastFullSecondsAgo } =
    reconcile;
  const passes = `${fullPasses} full and ${incrementalPasses} incremental passes, last full one ${span(lastFullSecondsAgo)} ago`;
  const done = `${count(changes, 'change')} made, ${repaired} repaired, ${failing} failing`;
  return [passes, done, ...failures].join('\n');
}

function firewallText(firewall: StatusReply['firewall']): string {
  if (firewall === null) return '';
  const { backend, dockerRules, written, obstacles } = firewall;
  const docker = dockerRules === '' ? '' : `, Docker's rules: ${dockerRules}`;
  return [`${backend || 'off'}${docker}, written ${count(written, 'time')}`, ...obstacles].join('\n');
}

function dockerText(docker: StatusReply['docker']): string {
  if (docker === null || docker.mode === '') return '';
  if (docker.mode === 'off') return 'off';
  const engine = docker.reachable ? `engine ${docker.version}` : 'engine not reachable';
  const bridge = docker.bridge === '' ? '' : `, ${docker.bridge} ${docker.subnet}`;
  return `${docker.mode}, ${engine}${docker.state === '' ? '' : `, ${docker.state}`}${bridge}`;
}

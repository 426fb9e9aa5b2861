import { connectControl, type StatusReply } from '@overlay/api';
import {
  allFlows,
  liveHost,
  runFlows,
  type Cluster,
  type FlowOptions,
  type LiveHost,
  type Overlayd,
  type Pod,
} from '@overlay/testbed';
import { eventually } from './rig';

export { capture } from '@overlay/testbed';

/** What overlayd says of itself; asked without starting overlayctl. */
export async function statusOf(overlayd: Overlayd): Promise<StatusReply> {
  const client = connectControl(overlayd.socket);
  try {
    return await client.status({});
  } finally {
    client.close();
  }
}

/** `vxlan wanted 2` for each backend: its type, its role, and how many peers it carries. */
export async function rolesOf(overlayd: Overlayd): Promise<readonly string[]> {
  const { backends } = await statusOf(overlayd);
  return backends.map(({ type, role, peers }) => `${type} ${role} ${peers}`);
}

/** Waits until every daemon runs the backend with this id and no other, and sends to all its peers by it. */
export async function onlyWay(daemons: readonly Overlayd[], id: string, timeoutMs: number): Promise<void> {
  const look = async (): Promise<readonly unknown[]> => {
    const replies = await Promise.all(daemons.map(statusOf));
    return replies.map(({ backends }) => backends.map((one) => [one.id, one.peers]));
  };
  const only = daemons.map(() => [[id, daemons.length - 1]]);
  await settles(look, only, timeoutMs);
}

/** Waits until something is as wanted; shows the difference when that takes longer. */
export async function settles<T>(look: () => Promise<T>, wanted: T, timeoutMs = 10_000): Promise<void> {
  let seen: T | undefined;
  const check = async (): Promise<boolean> => {
    seen = await look();
    return JSON.stringify(seen) === JSON.stringify(wanted);
  };
  await eventually('what is wanted', check, timeoutMs).catch(() => expect(seen).toEqual(wanted));
}

/** The message of a problem that `overlayctl status` shows; undefined without. */
export async function problemOf(overlayd: Overlayd, code: string): Promise<string | undefined> {
  const { problems } = await statusOf(overlayd);
  return problems.find((problem) => problem.code === code)?.message;
}

/** Waits until a daemon has a problem, and gives its message. */
export async function waitForProblem(overlayd: Overlayd, code: string): Promise<string> {
  let message: string | undefined;
  const check = async (): Promise<boolean> => {
    message = await problemOf(overlayd, code).catch(() => undefined);
    return message !== undefined;
  };
  await eventually(`${code} of ${overlayd.place.title}`, check, 15_000);
  return message ?? '';
}

/** One pod on each host, in the subnet that its overlayd leased. */
export function liveHosts(
  cluster: Cluster,
  daemons: readonly Overlayd[],
  mtu: number,
): Promise<readonly LiveHost[]> {
  return Promise.all(daemons.map((daemon, index) => liveHost(cluster.hosts[index]!, daemon, mtu)));
}

/** How many of the packets on all flows between the pods, at this rate on each, got lost while work was done. */
export async function lossDuring(
  hosts: readonly LiveHost[],
  options: FlowOptions,
  work: () => Promise<void>,
): Promise<string> {
  const results = await runFlows(allFlows(hosts), options, work);
  const sum = (key: 'sent' | 'lost'): number => results.reduce((total, result) => total + result[key], 0);
  return `${sum('lost')} of ${sum('sent')} lost`;
}

/** Whether one echo from the pod comes back within a second; `options` like `-s 1372 -M do`. */
export async function podPings(pod: Pod, address: string, options: readonly string[] = []): Promise<boolean> {
  return (await pod.tryExec(['ping', '-n', '-c', '1', '-W', '1', ...options, address])).code === 0;
}

/** Waits until every pod reaches every other one. */
export async function fullyConnected(pods: readonly Pod[], timeoutMs = 10_000): Promise<void> {
  for (const from of pods)
    for (const to of pods)
      if (from !== to)
        await eventually(
          `${from.namespace} reaches ${to.address}`,
          () => podPings(from, to.address),
          timeoutMs,
        );
}

/** Waits until what one pod sends to another's port 7000 over TCP has arrived whole. */
export async function carriesTcp(from: Pod, to: Pod, logFile: string): Promise<void> {
  // It ends with its input.
  const listen = ['sh', '-c', 'sleep 5 | busybox nc -l -p 7000'];
  const server = to.spawn('server', listen, logFile);
  const bytes = 'head -c 200000 /dev/zero | tr "\\0" x';
  await eventually('the server listens', async () =>
    (await to.tryExec(['ss', '-Hltn', 'sport = :7000'])).stdout.includes(':7000'),
  );
  await from.exec(['sh', '-c', `${bytes} | busybox nc -w 5 ${to.address} 7000`], { timeoutMs: 10_000 });
  await settles(() => Promise.resolve(server.log().length), 200_000);
}

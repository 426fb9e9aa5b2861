import { existsSync, mkdirSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import {
  OUTSIDE_ADDRESS,
  type Cluster,
  type Container,
  type DockerVersion,
  type Host,
  type Overlayd,
} from '@overlay/testbed';
import { eventually, openRig, sh } from './rig';

/** The Docker part of `overlayctl status -o json`. */
export interface DockerStatus {
  readonly mode: string;
  readonly reachable: boolean;
  readonly version: string;
  readonly state: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/**
 * A rig whose first `engines` hosts run a dockerd that turned forwarding on itself, and so has its FORWARD policy DROP: the
 * strictest firewall this Docker makes. Its outside world answers HTTP requests with the address they came from.
 */
export async function openDockerRig(
  options: { name: string; hosts: number; engines: number; args?: readonly string[] },
  version: DockerVersion,
  config: object,
): Promise<Cluster> {
  const cluster = await openRig({ name: options.name, hosts: options.hosts }, config);
  try {
    await serveOutside(cluster);
    await Promise.all(
      cluster.hosts.slice(0, options.engines).map((host) => startEngine(host, version, options.args)),
    );
  } catch (error) {
    await cluster.destroy();
    throw error;
  }
  return cluster;
}

/** A dockerd that turns forwarding on itself, and so has its FORWARD policy DROP. */
export async function startEngine(
  host: Host,
  version: DockerVersion,
  args: readonly string[] = [],
): Promise<void> {
  await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
  await host.startDockerd({ version, args });
}

const WHOAMI = `#!/bin/sh
source=\${REMOTE_ADDR#[}; source=\${source%]}
printf 'Content-Type: text/plain\\r\\n\\r\\nsource=%s container=outside\\n' "\${source#::ffff:}"
`;

async function serveOutside(cluster: Cluster): Promise<void> {
  const folder = join(cluster.directory, 'www');
  if (existsSync(folder)) return;
  mkdirSync(join(folder, 'cgi-bin'), { recursive: true });
  writeFileSync(join(folder, 'cgi-bin/whoami'), WHOAMI);
  chmodSync(join(folder, 'cgi-bin/whoami'), 0o755);
  const line = `busybox httpd -p ${OUTSIDE_ADDRESS}:80 -h ${folder} >/dev/null 2>&1`;
  await cluster.exec(['sh', '-c', line]);
}

/** A container with web servers on port 80, published as the host's 8080 by default, and on port 81, which is not published. */
export function startServer(
  host: Host,
  name: string,
  network?: string,
  args: readonly string[] = ['--publish', '8080:80'],
): Promise<Container> {
  return host.runContainer({
    name,
    ...(network === undefined ? {} : { network }),
    args,
    command: ['sh', '-c', 'httpd -p 81 -h /www; exec httpd -f -h /www'],
  });
}

/** Fetches with busybox from the host itself; undefined when there is no answer. */
export async function fetchFrom(host: Host, address: string, seconds = 3): Promise<string | undefined> {
  const argv = ['busybox', 'wget', '-q', '-O', '-', `http://${address}/cgi-bin/whoami`];
  const { code, stdout } = await host.tryExec(argv, { timeoutMs: seconds * 1000 });
  return code === 0 ? stdout.trim() : undefined;
}

/** The address that the server at `address` sees when the host itself asks. */
export async function hostSeenBy(host: Host, address: string): Promise<string> {
  const answer = await fetchFrom(host, address);
  return /source=(\S+)/.exec(answer ?? '')?.[1] ?? 'no answer';
}

/** Whether a new TCP connection from one container to the other carries a request, seen with the container's own address. */
export async function reaches(from: Container, to: Container, port = 80, seconds = 1): Promise<boolean> {
  const answer = await from.fetch(`http://${to.ip}:${port}/cgi-bin/whoami`, seconds).catch(() => '');
  return answer.includes(`source=${from.ip} `);
}

/** @param overlayd the daemon to ask; the host's default one when left out */
export async function dockerStatus(host: Host, overlayd: Overlayd = host.overlayd()): Promise<DockerStatus> {
  const { stdout, stderr } = await host.overlayctl([`--socket=${overlayd.socket}`, 'status', '-o', 'json']);
  if (stdout === '') throw new Error(`overlayctl status: ${stderr}`);
  return (JSON.parse(stdout) as { docker: DockerStatus }).docker;
}

export async function dockerState(
  host: Host,
  state: string,
  timeoutMs = 15_000,
  overlayd: Overlayd = host.overlayd(),
): Promise<DockerStatus> {
  let seen: DockerStatus | undefined;
  const check = async (): Promise<boolean> => {
    seen = await dockerStatus(host, overlayd);
    return seen.state === state;
  };
  await eventually(`Docker's state ${state} on ${host.name}`, check, timeoutMs).catch((cause: unknown) => {
    throw new Error(`Docker's state on ${host.name} is not ${state}: ${JSON.stringify(seen)}`, { cause });
  });
  return seen!;
}

export async function leasedSubnet(overlayd: Overlayd, host: Host): Promise<string> {
  return (await sh(host, `. ${overlayd.subnetFile}; echo $FLANNEL_SUBNET`)).replace('.1/', '.0/');
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import { type Cluster, createCluster, sweep } from '../cluster.js';
import type { Container } from '../container.js';
import type { Host } from '../host.js';
import { rigDirectory } from '../record.js';
import type { DemoBackend, UpOptions } from './options.js';
import type { Screen } from './screen.js';

export const DEMO = 'demo';
const DOCKER_NETWORK = 'overlay';
const ETCD_PREFIX = '/atomic.io/network';
const NETWORK = '10.77.0.0/16';
const NETWORK_TIMEOUT_MS = 20_000;

/** What `demo up` remembers for the commands after it; there once it is up. */
interface DemoState {
  readonly backend: DemoBackend;
}

const stateFile = (): string => join(rigDirectory(DEMO), 'demo.json');

/** The running demo's state, or undefined when none is up. */
export function demoState(): DemoState | undefined {
  return existsSync(stateFile()) ? (JSON.parse(readFileSync(stateFile(), 'utf8')) as DemoState) : undefined;
}

/** Brings the whole thing up; containers are in the order of their hosts. */
export async function build(
  options: UpOptions,
  screen: Screen,
): Promise<{ cluster: Cluster; containers: Container[] }> {
  screen.heading(`Bringing up ${options.hosts} hosts (network namespaces of this machine)`);
  const cluster = await screen.step(
    `${options.hosts} hosts on one switch, nothing in common but an IP network`,
    () => createCluster({ name: DEMO, hosts: options.hosts }),
  );
  await screen.step('etcd, with the network to share out', async () => {
    await cluster.startEtcd();
    const config = JSON.stringify({ Network: NETWORK, Backend: { Type: options.backend } });
    await cluster.etcd.etcdctl(['put', `${ETCD_PREFIX}/config`, config]);
  });
  await screen.step('a Docker Engine on every host', () =>
    Promise.all(cluster.hosts.map((host) => host.startDockerd())),
  );
  await screen.step(
    'overlayd on every host: leases a subnet, programs the kernel, makes the Docker network',
    () => Promise.all(cluster.hosts.map(startOverlay)),
  );
  const containers = await screen.step('a container on every host: `docker run --network overlay`', () =>
    Promise.all(cluster.hosts.map(startContainer)),
  );
  writeFileSync(stateFile(), `${JSON.stringify({ backend: options.backend })}\n`);
  return { cluster, containers };
}

/** Starts overlayd on a host and waits until its Docker network is there. */
export async function startOverlay(host: Host): Promise<void> {
  await host.startOverlayd(['--docker=network', '--ip-masq', '--ip-forward=on']);
  const end = performance.now() + NETWORK_TIMEOUT_MS;
  while (!(await hasNetwork(host))) {
    if (performance.now() > end)
      throw new OverlayError(
        'OVL_TESTBED_DAEMON',
        `overlayd of ${host.name} made no Docker network in ${NETWORK_TIMEOUT_MS} ms. The end of its log:\n${host.overlayd().log().slice(-1500)}`,
      );
    await sleep(50);
  }
}

async function hasNetwork(host: Host): Promise<boolean> {
  const { stdout } = await host.docker(['network', 'ls', '--quiet', '--filter', `name=^${DOCKER_NETWORK}$`]);
  return stdout.trim() !== '';
}

export function startContainer(host: Host): Promise<Container> {
  return host.runContainer({ name: containerOf(host), network: DOCKER_NETWORK });
}

/** The container of a host: `web1` on h1. */
export function containerOf(host: Host): string {
  return host.name.replace('h', 'web');
}

export async function takeDown(): Promise<void> {
  await sweep(DEMO);
}

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { diff, type Ownership } from '@overlay/dataplane';
import { openFirewall, openHostReader, openKernel } from '@overlay/dataplane/linux';
import { parseSubnetEnv } from '@overlay/lease';
import { connectControl } from '@overlay/api';
import { openDocker } from './adapters.js';
import type { Config } from './config/model.js';
import { changeText } from './control/plan-text.js';
import { readIfThere } from './host/files.js';
import type { Logger } from './logger.js';
import { aliasOf } from './loop/build-plan.js';

async function refuseWhileRunning(socket: string): Promise<void> {
  const client = connectControl(socket);
  const answers = await client.status({}).then(
    () => true,
    () => false,
  );
  client.close();
  if (answers)
    throw new OverlayError('OVL_DAEMON_RUNNING', `overlayd still runs (${socket}): stop it before --cleanup`);
}

/** What is ours without asking etcd: devices by their alias, routes by protocol inside the network of subnet.env. */
async function ownership(config: Config): Promise<Ownership> {
  const alias = aliasOf(config.instance);
  const links = (await openHostReader().links())
    .filter((link) => link.alias === alias)
    .map(({ name }) => name);
  const env = parseSubnetEnv(readIfThere(config.subnetFile) ?? '');
  const networks = [
    ...(env.network === undefined ? [] : [env.network]),
    ...(env.ipv6Network === undefined ? [] : [env.ipv6Network]),
  ];
  return { alias, links, networks, adopt: false };
}

async function cleanKernel(config: Config): Promise<readonly string[]> {
  const kernel = openKernel();
  const actual = await kernel.read(await ownership(config));
  const outcomes = await kernel.apply(diff(new Map(), actual).changes);
  const failed = outcomes.find((outcome) => !outcome.ok);
  if (failed?.ok === false)
    throw new OverlayError('OVL_CLEANUP', `${changeText(failed.change).object}: ${failed.message}`);
  return outcomes.map(({ change }) => `${change.object.type} ${changeText(change).object}`);
}

async function cleanDocker(config: Config, log: Logger): Promise<readonly string[]> {
  const agent = await openDocker(config, log);
  if (agent === undefined || config.docker === 'off') return [];
  const network =
    config.dockerNetwork ?? (config.instance === 'default' ? 'overlay' : `overlay-${config.instance}`);
  return agent.cleanup({ mode: config.docker, instance: config.instance, network });
}

/**
 * Removes what overlayd made on this host, and only that. The lease in etcd stays until its TTL is over (or
 * `overlayctl lease release`), and so does the node's identity in the state folder: with it a new start gets the lease back. Returns a line for each thing removed.
 * @throws OverlayError OVL_DAEMON_RUNNING, OVL_CLEANUP, OVL_FIREWALL_...
 */
export async function cleanup(config: Config, log: Logger): Promise<readonly string[]> {
  await refuseWhileRunning(join(config.runDir, 'overlayd.sock'));
  const docker = await cleanDocker(config, log);
  const kernel = await cleanKernel(config);
  await openFirewall().cleanup(config.instance);
  for (const path of [config.subnetFile, config.runDir]) rmSync(path, { recursive: true, force: true });
  return [...docker, ...kernel, 'firewall rules', config.subnetFile, config.runDir];
}

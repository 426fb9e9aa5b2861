import { Agent } from 'node:http';
import type Dockerode from 'dockerode';
import type { DockerNetwork } from '../network-decision.js';
import type { NetworkSpec } from '../network-spec.js';
import type { Deadline } from './deadline.js';

/** What `GET /version` and `GET /info` say about this Docker. */
export interface EngineFacts {
  readonly version: string;
  /** `iptables` or `nftables`; Docker before 28.1 does not say and has iptables only. */
  readonly firewallBackend: string;
  readonly liveRestore: boolean;
  readonly containersRunning: number;
  /** Bases of `default-address-pools`; empty when not set. */
  readonly addressPools: readonly string[];
}

/** A container attached to a network by that network's name, running or not. */
export interface AttachedContainer {
  readonly id: string;
  readonly name: string;
  /** Running, paused or between two restarts: it has, or will have any moment, an address. */
  readonly active: boolean;
  /** Id of the network it is bound to; empty before its first start. */
  readonly networkId: string;
}

/** How a container wants to be attached: `docker run --network-alias --ip --ip6 --link`. */
export interface Attachment {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  /** Fixed addresses, by Docker's names: `{ IPv4Address: '10.5.34.7' }`. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Docker's API over its unix socket, as far as we need it; each call ends with the deadline. */
export class DockerEngine {
  private constructor(
    private readonly docker: Dockerode,
    private readonly deadline: Deadline,
  ) {}

  /** Opens nothing yet: the first call does. */
  static async at(socketPath: string, deadline: Deadline): Promise<DockerEngine> {
    return new DockerEngine(await client(socketPath, deadline.remaining()), deadline);
  }

  /** Fails unless Docker answers. */
  async ping(): Promise<void> {
    await this.call('ping', this.docker.ping());
  }

  /** Tens of milliseconds, because dockerd runs `runc --version` and others for it. */
  async facts(): Promise<EngineFacts> {
    const { Version: version } = await this.call('version', this.docker.version());
    const info = (await this.call('info', this.docker.info())) as RawInfo;
    return {
      version,
      firewallBackend: info.FirewallBackend?.Driver ?? 'iptables',
      liveRestore: info.LiveRestoreEnabled === true,
      containersRunning: info.ContainersRunning ?? 0,
      addressPools: (info.DefaultAddressPools ?? []).map((pool) => pool.Base),
    };
  }

  async networks(): Promise<DockerNetwork[]> {
    return (await this.call('list networks', this.docker.listNetworks())).map(networkOf);
  }

  /** The containers on a network. A filter by id finds those that ran on it, by name those bound to none or to an earlier one. */
  async containersOf(network: DockerNetwork): Promise<AttachedContainer[]> {
    const options = { all: true, filters: { network: [network.id, network.name] } };
    const containers = await this.call('list containers', this.docker.listContainers(options));
    return containers.map((container) => ({
      id: container.Id,
      name: (container.Names[0] ?? container.Id).replace(/^\//, ''),
      active: ['running', 'paused', 'restarting'].includes(container.State),
      networkId: container.NetworkSettings.Networks[network.name]?.NetworkID ?? '',
    }));
  }

  async createNetwork(spec: NetworkSpec): Promise<DockerNetwork> {
    const { name, pools, options, labels } = spec;
    const { id } = await this.call('create network', this.docker.createNetwork(creation(spec)));
    return { id, name, driver: 'bridge', internal: false, pools, options, labels };
  }

  async removeNetwork(network: DockerNetwork): Promise<void> {
    await this.call('remove network', this.docker.getNetwork(network.id).remove());
  }

  /** How the container is attached to the network of that name. */
  async attachment(container: AttachedContainer, network: string): Promise<Attachment> {
    const found = await this.call('inspect container', this.docker.getContainer(container.id).inspect());
    const settings = found.NetworkSettings.Networks[network] as RawEndpoint | undefined;
    return {
      aliases: settings?.Aliases ?? [],
      links: settings?.Links ?? [],
      addresses: settings?.IPAMConfig ?? {},
    };
  }

  async disconnect(network: DockerNetwork, container: AttachedContainer): Promise<void> {
    const work = this.docker.getNetwork(network.id).disconnect({ Container: container.id, Force: true });
    await this.call('disconnect container', work);
  }

  async connect(network: DockerNetwork, container: AttachedContainer, attachment: Attachment): Promise<void> {
    const { aliases, links, addresses } = attachment;
    const endpoint = { Aliases: [...aliases], Links: [...links], IPAMConfig: { ...addresses } };
    const work = this.docker
      .getNetwork(network.id)
      .connect({ Container: container.id, EndpointConfig: endpoint });
    await this.call('connect container', work);
  }

  private call<T>(what: string, work: Promise<T>): Promise<T> {
    return this.deadline.within(what, work);
  }
}

/** Opens the stream of events of networks and of ending containers: one JSON object a line. `signal` closes it. */
export async function openEvents(socketPath: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const docker = await client(socketPath, 0);
  const filters = {
    type: ['network', 'container'],
    event: ['create', 'connect', 'disconnect', 'destroy', 'remove', 'start', 'die'],
  };
  const options = { filters: JSON.stringify(filters), abortSignal: signal };
  return docker.getEvents(options);
}

/** `timeout`: milliseconds of silence after which a connection is given up, 0 for never. */
async function client(socketPath: string, timeout: number): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // An empty host keeps a DOCKER_HOST of our environment out. Kept-alive connections would fail once after each restart of dockerd.
  const options = {
    socketPath,
    host: '',
    protocol: 'http' as const,
    timeout,
    agent: new Agent({ keepAlive: false }),
  };
  return new Docker(options);
}

interface RawInfo {
  readonly FirewallBackend?: { readonly Driver: string };
  readonly LiveRestoreEnabled?: boolean;
  readonly ContainersRunning?: number;
  readonly DefaultAddressPools?: readonly { readonly Base: string }[];
}

interface RawEndpoint {
  readonly Aliases?: readonly string[] | null;
  readonly Links?: readonly string[] | null;
  readonly IPAMConfig?: Readonly<Record<string, string>> | null;
}

interface RawPool {
  readonly Subnet?: string;
  readonly Gateway?: string;
  readonly IPRange?: string;
}

function networkOf(raw: Dockerode.NetworkInspectInfo): DockerNetwork {
  // Docker answers null for a list or a map that is empty.
  const pools = (raw.IPAM?.Config ?? []) as RawPool[];
  return {
    id: raw.Id,
    name: raw.Name,
    driver: raw.Driver,
    internal: raw.Internal,
    pools: pools.map(poolOf),
    options: raw.Options ?? {},
    labels: raw.Labels ?? {},
  };
}

function poolOf(raw: RawPool): DockerNetwork['pools'][number] {
  return {
    subnet: raw.Subnet ?? '',
    ...(raw.Gateway ? { gateway: raw.Gateway } : {}),
    ...(raw.IPRange ? { ipRange: raw.IPRange } : {}),
  };
}

function rawPool({ subnet, gateway, ipRange, auxiliary }: NetworkSpec['pools'][number]) {
  return {
    Subnet: subnet,
    Gateway: gateway,
    ...(ipRange === undefined ? {} : { IPRange: ipRange }),
    ...(auxiliary === undefined ? {} : { AuxiliaryAddresses: auxiliary }),
  };
}

function creation(spec: NetworkSpec): Dockerode.NetworkCreateOptions {
  return {
    Name: spec.name,
    CheckDuplicate: true,
    Driver: 'bridge',
    EnableIPv6: spec.pools.some((pool) => pool.subnet.includes(':')),
    IPAM: {
      Driver: 'default',
      Config: spec.pools.map(rawPool),
    },
    Options: { ...spec.options },
    Labels: { ...spec.labels },
  };
}

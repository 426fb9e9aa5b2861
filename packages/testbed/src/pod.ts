import { type CommandOptions, type CommandResult, run, tryRun } from './command.js';
import { Daemon } from './daemon.js';
import { batch, inNamespace } from './namespaces.js';

export interface PodSpec {
  /** From 1: the namespace is `<host's>p<number>`. */
  readonly number: number;
  /** Addresses with prefix length, `10.5.1.10/24`, of each family; the gateway of each is the bridge's first address. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly mtu: number;
}

/** Bridge of a host's pods. */
const BRIDGE = 'pods0';

/** What a container's network is, without a container: a namespace on a bridge of its host. */
export class Pod {
  constructor(
    readonly namespace: string,
    readonly addresses: readonly string[],
  ) {}

  /** Its first address, without the prefix length. */
  get address(): string {
    return this.addresses[0]?.split('/')[0] ?? '';
  }

  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(inNamespace(this.namespace, argv), options);
  }

  tryExec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return tryRun(inNamespace(this.namespace, argv), options);
  }

  /** A long-running process in the pod. */
  spawn(title: string, argv: readonly string[], logFile: string): Daemon {
    return new Daemon({
      title: `${title} of ${this.namespace}`,
      argv: inNamespace(this.namespace, argv),
      logFile,
    });
  }
}

/** Puts a pod on the host, and the bridge with the gateway addresses if it is the first one. */
export async function createPod(host: string, spec: PodSpec): Promise<Pod> {
  const namespace = `${host}p${spec.number}`;
  const { code } = await tryRun(['ip', '-n', host, 'link', 'show', BRIDGE]);
  const length = (index: number): string => spec.addresses[index]?.split('/')[1] ?? '24';
  if (code !== 0)
    await batch(host, [
      `link add ${BRIDGE} type bridge`,
      `link set ${BRIDGE} up`,
      ...spec.gateways.map(
        (gateway, index) => `addr add ${gateway}/${length(index)} dev ${BRIDGE}${nodad(gateway)}`,
      ),
    ]);
  await run(['ip', 'netns', 'add', namespace]);
  const port = `pod${spec.number}`;
  await batch(host, [
    `link add ${port} mtu ${spec.mtu} type veth peer name eth0 mtu ${spec.mtu} netns ${namespace}`,
    `link set ${port} master ${BRIDGE} up`,
  ]);
  await batch(namespace, [
    'link set lo up',
    'link set eth0 up',
    ...spec.addresses.map((address) => `addr add ${address} dev eth0${nodad(address)}`),
    ...spec.gateways.map((gateway) => `route add default via ${gateway}`),
  ]);
  return new Pod(namespace, spec.addresses);
}

const nodad = (address: string): string => (address.includes(':') ? ' nodad' : '');

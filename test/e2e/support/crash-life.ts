import { existsSync, readFileSync, statSync } from 'node:fs';
import type { CrashHost, HostState } from './crash-host';
import type { Program } from './crash-tracer';
import { eventually, PREFIX, putConfig, sh } from './rig';

/** The firewall is looked at once a minute, so that this is no step of anything else. */
const FLAGS = [
  '--docker=daemon-json',
  '--ip-masq',
  '--ip-forward=on',
  '--backend-linger=2',
  '--iptables-resync=60',
];
const CLEANUP = ['--docker=daemon-json', '--cleanup'];
const SUBNETS = `${PREFIX}/subnets/`;
const SETTLE_MS = 15_000;
const LOOK_MS = 200;

/** The life of the overlayd of one host: where it can be brought to, and what can happen to it. */
export class Life {
  #blankKernel: string | undefined;
  #logFrom = 0;

  constructor(readonly crash: CrashHost) {}

  /** What overlayd has said since {@link mark}. */
  said(): string {
    return existsSync(this.crash.logFile)
      ? readFileSync(this.crash.logFile, 'utf8').slice(this.#logFrom)
      : '';
  }

  mark(): void {
    this.#logFrom = existsSync(this.crash.logFile) ? statSync(this.crash.logFile).size : 0;
  }

  get daemonProgram(): Program {
    return this.#program(FLAGS);
  }

  get cleanupProgram(): Program {
    return this.#program(CLEANUP);
  }

  #program(flags: readonly string[]): Program {
    const { overlayd, logFile, env } = this.crash;
    return { command: overlayd.commandLine(flags), logFile, env };
  }

  async start(): Promise<void> {
    this.mark();
    this.crash.overlayd.start(FLAGS);
    await this.crash.overlayd.ready();
  }

  async stop(): Promise<void> {
    await this.crash.overlayd.stop();
  }

  async kill(): Promise<void> {
    await this.crash.overlayd.kill();
  }

  async cleanup(): Promise<void> {
    const { code, stdout, stderr } = await this.crash.overlayd.runOnce(CLEANUP, { env: this.crash.env });
    if (code !== 0) throw new Error(`--cleanup ended with ${code}: ${stdout}${stderr}`);
  }

  configure(vni: number): Promise<void> {
    const config = { Network: '10.5.0.0/16', SubnetMin: '10.5.1.0', SubnetMax: '10.5.49.0' };
    return putConfig(this.crash.cluster, { ...config, Backend: { Type: 'vxlan', VNI: vni } });
  }

  /** A host as flanneld would announce it. */
  async addPeer(number: number): Promise<void> {
    const value = JSON.stringify({
      PublicIP: this.crash.host.address.replace(/\d+$/, String(number)),
      PublicIPv6: null,
      BackendType: 'vxlan',
      BackendData: { VNI: 1, VtepMAC: `02:00:00:00:00:${number}` },
    });
    await this.crash.cluster.etcd.etcdctl(['put', `${SUBNETS}10.5.${number}.0-24`, value]);
  }

  async removePeer(number: number): Promise<void> {
    await this.crash.cluster.etcd.etcdctl(['del', `${SUBNETS}10.5.${number}.0-24`]);
  }

  /**
   * A host that never had an overlayd, and no network config in etcd.
   * @throws Error when --cleanup leaves something in the kernel that was not there before
   */
  async blank(): Promise<void> {
    const { crash } = this;
    await this.kill();
    await this.cleanup();
    await crash.cluster.etcd.etcdctl(['del', `${PREFIX}/config`]);
    for (const key of await crash.ownKeys()) await crash.cluster.etcd.etcdctl(['del', key]);
    crash.resetFiles();
    await sh(crash.host, 'sysctl -qw net.ipv4.ip_forward=0');
    const { kernel } = await crash.state();
    this.#blankKernel ??= kernel;
    const rest = difference(this.#blankKernel, kernel);
    if (rest.length > 0) throw new Error(`after --cleanup: ${rest.join('; ')}`);
  }

  /** Started, and waiting for a network config. */
  async waiting(): Promise<void> {
    await this.blank();
    this.mark();
    this.crash.overlayd.start(FLAGS);
    await eventually('the daemon waits for a network config', () => Promise.resolve(this.waits()));
  }

  waits(): boolean {
    return this.said().includes('OVL_CONFIG_MISSING');
  }

  /** Ready, and Docker's file is written: that comes when it will. */
  hasJoined(): boolean {
    const said = this.said();
    const isTold = ['"message":"ready"', 'OVL_DOCKER_UNREACHABLE'].every((part) => said.includes(part));
    return isTold && readFileSync(this.crash.daemonJson, 'utf8').includes('"bip"');
  }

  /** One peer more or less is in the kernel. */
  hasFollowed(): boolean {
    return /kernel: \d+ changes \(incremental/.test(this.said());
  }

  /** Whether the host has a device of that name, as the daemon that runs sees it. */
  hasDevice(name: string): boolean {
    try {
      const lines = readFileSync(`/proc/${this.crash.overlayd.process.pid}/net/dev`, 'utf8').split('\n');
      return lines.some((line) => line.trimStart().startsWith(`${name}:`));
    } catch {
      return false;
    }
  }

  /** Ready and in order, as `wanted` says; started if it does not run. */
  async joined(wanted: HostState | undefined): Promise<void> {
    await this.configure(1);
    await this.removePeer(60);
    if (!this.crash.overlayd.running) await this.start();
    if (wanted === undefined) return;
    const wrong = await this.becomes(wanted);
    if (wrong.length > 0) throw new Error(`not as before: ${wrong.join('; ')}`);
  }

  /** In order, with a second device beside the first one. */
  async changed(wanted: HostState | undefined): Promise<void> {
    await this.joined(wanted);
    await this.configure(2);
    await eventually('a second device', () => Promise.resolve(this.hasDevice('flannel.2b')));
    await this.settled();
  }

  /** What is not as wanted after a while; empty as soon as all is. */
  async becomes(wanted: HostState, withinMs = SETTLE_MS): Promise<readonly string[]> {
    const end = performance.now() + withinMs;
    for (;;) {
      const wrong = differences(wanted, await this.crash.state());
      if (wrong.length === 0 || performance.now() > end) return wrong;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** What the host is like once it no longer changes. */
  async settled(): Promise<HostState> {
    let before = await this.crash.state();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const now = await this.crash.state();
      if (differences(before, now).length === 0) return now;
      before = now;
    }
  }
}

/** Lines that only one of two texts has. */
function difference(wanted: string, now: string): readonly string[] {
  const [before, after] = [wanted, now].map((text) => text.split('\n')) as [string[], string[]];
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `lost: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `more: ${line}`),
    ...(before.length === after.length ? [] : [`${after.length} lines instead of ${before.length}`]),
  ];
}

const filesText = ({ files }: HostState): string =>
  [...files]
    .map(([name, text]) => `${name}: ${JSON.stringify(text)}`)
    .sort()
    .join('\n');

/** Each thing in which a host is not as wanted. */
function differences(wanted: HostState, now: HostState): readonly string[] {
  return [
    ...difference(wanted.kernel, now.kernel),
    ...difference(filesText(wanted), filesText(now)),
    ...difference(wanted.keys.join('\n'), now.keys.join('\n')),
  ];
}

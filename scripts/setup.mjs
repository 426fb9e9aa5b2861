// `node scripts/setup.mjs [npm] [demo] [test]`: installs what is missing for that, says what and why, and nothing when all is there.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** command -> [Debian package, what for]. */
const DEMO = {
  etcd: ['etcd-server', 'the store the hosts lease their subnets in'],
  etcdctl: ['etcd-client', 'to look into that store'],
  dockerd: ['docker.io', 'a real Docker Engine for every host'],
  docker: ['docker-cli', 'its command line'],
  ip: ['iproute2', 'network namespaces and links'],
  bridge: ['iproute2', 'forwarding tables'],
  iptables: ['iptables', 'the firewall Docker uses'],
  nft: ['nftables', 'the firewall of newer hosts'],
  busybox: ['busybox-static', 'the programs in the containers'],
  nsenter: ['util-linux', 'to run something on a host of the rig'],
  ping: ['iputils-ping', 'to see who reaches whom'],
  tar: ['tar', 'to pack the container image'],
};
const TEST = {
  ...DEMO,
  conntrack: ['conntrack', 'to look at connections the kernel tracks'],
  tcpdump: ['tcpdump', 'to see packets on the wire'],
  iperf3: ['iperf3', 'throughput'],
  openssl: ['openssl', 'certificates for the TLS tests'],
  strace: ['strace', 'faults at a chosen system call'],
  debootstrap: ['debootstrap', 'a newer Docker Engine beside the one of this system'],
  'qemu-system-x86_64': ['qemu-system-x86', 'the virtual machine with a kernel that has every tunnel'],
  depmod: ['kmod', "to load that kernel's modules"],
  wg: ['wireguard-tools', 'to look at WireGuard devices'],
  'wireguard-go': ['wireguard-go', 'WireGuard where the kernel has none'],
  'ovs-vsctl': ['openvswitch-switch', 'Open vSwitch, and its database'],
};
const POLICY = '/usr/sbin/policy-rc.d';
/** Services that Debian would start or enable with the packages above. */
const SERVICES = {
  'etcd-server': ['etcd.service'],
  'docker.io': ['docker.service', 'docker.socket', 'containerd.service'],
  'openvswitch-switch': ['openvswitch-switch.service', 'ovsdb-server.service', 'ovs-vswitchd.service'],
};

export class SetupError extends Error {}

/** Runs a command with its output on ours; rejects with what failed. */
export function step(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', (error) => reject(new SetupError(`${command} cannot be started: ${error.message}`)));
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new SetupError(`\`${[command, ...args].join(' ')}\` ended with code ${code}`)),
    );
  });
}

/** Prints one line for a piece of work, and how long it took. */
async function timed(what, work) {
  process.stdout.write(`${what} ... `);
  const started = performance.now();
  await work();
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

function found(command) {
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return path.split(':').some((folder) => folder !== '' && existsSync(join(folder, command)));
}

/** Debian 12 has the docker command in docker.io, later releases in docker-cli. */
function hasCandidate(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return /Candidate: (?!\(none\))/.test(stdout ?? '');
}

/** A busybox that needs libraries does not run in an empty container. */
function busyboxIsStatic() {
  const { stderr, stdout } = spawnSync(
    'ldd',
    [spawnSync('which', ['busybox'], { encoding: 'utf8' }).stdout.trim()],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  return /not a dynamic executable|statically linked/.test(`${stdout}${stderr}`);
}

function missing(needs) {
  const packages = new Map();
  for (const [command, [name, why]] of Object.entries(needs))
    if (!found(command)) packages.set(name, packages.has(name) ? packages.get(name) : why);
  if (found('busybox') && !busyboxIsStatic()) packages.set('busybox-static', needs.busybox[1]);
  return packages;
}

function aptListsExist() {
  const folder = '/var/lib/apt/lists';
  return (
    existsSync(folder) &&
    readdirSync(folder).some((name) => name.endsWith('_Packages') || name.endsWith('_Packages.lz4'))
  );
}

/** Runs apt-get quietly; what it printed is shown only when it fails. */
function apt(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-q', '-y', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C', RUNLEVEL: '1' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new SetupError(`apt-get ${args[0]} failed:\n${said.split('\n').slice(-12).join('\n')}`)),
    );
  });
}

/** Keeps package scripts from starting services while `work` runs, and leaves no trace of that. */
async function withoutServices(work) {
  const ours = !existsSync(POLICY);
  const remove = () => ours && rmSync(POLICY, { force: true });
  const interrupted = () => {
    remove();
    process.exit(130);
  };
  if (ours) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await work();
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    remove();
  }
}

async function installDebian(needs) {
  const wanted = missing(needs);
  if (wanted.size === 0) return;
  const names = [...wanted.keys()];
  if (process.getuid?.() !== 0)
    throw new SetupError(
      `Missing: ${names.join(', ')}. Run this as root, or install them with apt-get and run it again`,
    );
  if (!found('apt-get'))
    throw new SetupError(
      `Missing: ${names.join(', ')}. There is no apt-get here: install what has these commands by hand and run it again`,
    );
  console.log('Missing Debian packages (their services are not started):');
  for (const [name, why] of wanted) console.log(`  ${name.padEnd(16)} ${why}`);
  const update = () => timed('apt-get update', () => apt(['update']));
  if (!aptListsExist()) await update();
  const list = () => names.map((name) => (name === 'docker-cli' && !hasCandidate(name) ? 'docker.io' : name));
  const install = () =>
    withoutServices(() => apt(['install', '--no-install-recommends', ...new Set(list())]));
  await timed(`apt-get install of ${names.length}`, async () => {
    try {
      await install();
    } catch (error) {
      // Old package lists name versions the mirror no longer has.
      await apt(['update']).catch(() =>
        Promise.reject(
          new SetupError(
            `${error.message}\nThe package mirror is not reached either: check the network and /etc/apt`,
          ),
        ),
      );
      await install();
    }
  });
  disableServices(names);
  const still = [...missing(needs).keys()];
  if (still.length > 0)
    throw new SetupError(
      `Installed, and still missing: ${still.join(', ')}. Check \`apt-get install ${still.join(' ')}\``,
    );
}

/** On a machine with systemd: what was installed for the rig does not start at the next boot either. */
function disableServices(names) {
  if (!existsSync('/run/systemd/system')) return;
  const units = names.flatMap((name) => SERVICES[name] ?? []);
  if (units.length > 0) spawnSync('systemctl', ['disable', '--quiet', ...units], { stdio: 'ignore' });
}

async function installNpm() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new SetupError(`Node ${process.versions.node} is too old: 20 or newer is needed`);
  const installed = join(root, 'node_modules/.package-lock.json');
  if (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  )
    return;
  await timed('npm ci', () =>
    step(
      'npm',
      [
        'ci',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--fetch-timeout=60000',
        '--fetch-retry-maxtimeout=10000',
      ],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    ),
  );
}

/**
 * Makes the machine ready. `npm`: only the npm packages; `demo`, `test`: Debian packages too. Does nothing where nothing is missing.
 * @throws SetupError with what to do.
 */
export async function setup(what) {
  if (what.includes('test')) await installDebian(TEST);
  else if (what.includes('demo')) await installDebian(DEMO);
  await installNpm();
}

/** Ends the process with one clear line when `work` fails. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const what = process.argv.slice(2);
  const unknown = what.filter((name) => !['npm', 'demo', 'test'].includes(name));
  if (unknown.length > 0) {
    console.error(`setup: "${unknown[0]}" is not one of npm, demo, test`);
    process.exitCode = 2;
  } else await main(() => setup(what));
}

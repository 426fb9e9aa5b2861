import { parseArgs } from 'node:util';
import { OverlayError } from '@overlay/cidr';

const BACKENDS = ['vxlan', 'host-gw'] as const;
export type DemoBackend = (typeof BACKENDS)[number];

/** How `demo up` was asked. */
export interface UpOptions {
  readonly hosts: number;
  readonly backend: DemoBackend;
  /** Show what it can do after it is up. */
  readonly tour: boolean;
  /** Leave it running. */
  readonly keep: boolean;
}

export const USAGE = `Usage: overlayctl demo COMMAND

A working overlay on this machine: hosts as network namespaces, each with a real Docker Engine and overlayd, and a real etcd.
Nothing of the machine's own network is touched.

  up [--hosts 3] [--backend vxlan|host-gw] [--no-tour] [--no-keep]
                          bring it up, show what it does, and leave it running (--no-keep: take it down again)
  status                  hosts, leases and containers
  exec HOST -- CMD...     run a command on a host; overlayctl and docker there mean that host's
  exec HOST CONTAINER -- CMD...
                          run a command in a container
  break route|neighbour|device|firewall|etcd
                          damage something on h1 (etcd: freeze it for 5 s) and watch the repair
  down                    take everything away
`;

const MAX_HOSTS = 20;

/** @throws OverlayError OVL_USAGE naming the argument that is wrong. */
export function parseUp(argv: readonly string[]): UpOptions {
  const { values } = parse(argv);
  const hosts = Number(values.hosts ?? '3');
  if (!Number.isInteger(hosts) || hosts < 2 || hosts > MAX_HOSTS)
    throw usage(`--hosts: "${values.hosts ?? ''}" is not a number from 2 to ${MAX_HOSTS}`);
  const backend = BACKENDS.find((name) => name === (values.backend ?? 'vxlan'));
  if (backend === undefined)
    throw usage(`--backend: "${values.backend ?? ''}" is none of ${BACKENDS.join(', ')}`);
  return { hosts, backend, tour: values['no-tour'] !== true, keep: values['no-keep'] !== true };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        hosts: { type: 'string' },
        backend: { type: 'string' },
        'no-tour': { type: 'boolean' },
        keep: { type: 'boolean' },
        'no-keep': { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw usage((cause as Error).message);
  }
}

export function usage(message: string): OverlayError {
  return new OverlayError('OVL_USAGE', `demo: ${message}; see overlayctl demo --help`);
}

/** Host, container if named, and the command, from `HOST [CONTAINER] -- CMD...`. @throws OverlayError OVL_USAGE. */
export function parseExec(argv: readonly string[]): { host: number; container?: string; command: string[] } {
  const dashes = argv.indexOf('--');
  const names = dashes < 0 ? argv.slice(0, 1) : argv.slice(0, dashes);
  const command = dashes < 0 ? argv.slice(1) : argv.slice(dashes + 1);
  const [name = '', container, extra] = names;
  const number = /^h?(\d+)$/.exec(name)?.[1];
  if (number === undefined) throw usage(`exec: "${name}" is no host; hosts are h1, h2, ...`);
  if (extra !== undefined) throw usage(`exec: "${extra}" is too much before --`);
  if (command.length === 0) throw usage('exec: a command is missing, as in `exec h1 -- ip route`');
  return { host: Number(number), command: [...command], ...(container === undefined ? {} : { container }) };
}

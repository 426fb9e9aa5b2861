import { parseArgs } from 'node:util';
import { OverlayError, parseAddress } from '@overlay/cidr';

/** A single etcd of this machine's own. */
export interface LocalEtcdOptions {
  /** `10.0.0.5:2379`, `[fd00::5]:2379`. */
  readonly listen: string;
  readonly dataDirectory: string;
  /** `down` removes the data too. */
  readonly purge: boolean;
}

export const USAGE = `Usage: overlayctl etcd COMMAND

A single etcd on this machine, for trying things and for a small cluster that has none yet. One machine lost is all of it lost:
use three members for anything that matters.

  up [--listen 127.0.0.1:2379] [--data-dir /var/lib/overlay-etcd]
              start it: unit overlay-etcd.service where systemd runs, else a supervised process
  status      whether it runs and answers
  down [--purge]
              stop it; the data stays unless --purge is given
`;

/** @throws OverlayError OVL_USAGE naming the argument that is wrong. */
export function parseOptions(argv: readonly string[]): LocalEtcdOptions {
  const values = parse(argv);
  const listen = values.listen ?? '127.0.0.1:2379';
  checkListen(listen);
  const dataDirectory = values['data-dir'] ?? '/var/lib/overlay-etcd';
  if (!/^\/[\w./-]+$/.test(dataDirectory))
    throw usage(`--data-dir: "${dataDirectory}" is no absolute path of letters, digits, ".", "_" and "-"`);
  return { listen, dataDirectory, purge: values.purge === true };
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      listen: { type: 'string' },
      'data-dir': { type: 'string' },
      purge: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (cause) {
    throw usage((cause as Error).message);
  }
}

/** The other hosts are told this address, so it has to be one: not 0.0.0.0. */
function checkListen(listen: string): void {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen) ?? [];
  const address = v6 ?? v4;
  if (address === undefined || Number(port) < 1 || Number(port) > 65_534)
    throw usage(`--listen: "${listen}" is not ADDRESS:PORT with a port from 1 to 65534`);
  const { bits } = parseAddress(address);
  if (Number(bits) === 0)
    throw usage(`--listen: "${listen}" is every address; name the one the other hosts reach this machine at`);
}

/** Whether only this machine reaches it. */
export function isLoopback(listen: string): boolean {
  return listen.startsWith('127.') || listen.startsWith('[::1]');
}

/** The command line of etcd; the peer port is the next one, on loopback, since there is no other member. */
export function etcdArguments({ listen, dataDirectory }: LocalEtcdOptions): string[] {
  const client = `http://${listen}`;
  const peer = `http://127.0.0.1:${Number(listen.slice(listen.lastIndexOf(':') + 1)) + 1}`;
  return [
    '--name=overlay',
    `--data-dir=${dataDirectory}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=overlay=${peer}`,
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=1h',
    '--logger=zap',
    '--log-level=warn',
  ];
}

/** The systemd unit. */
export function unitFile(program: string, options: LocalEtcdOptions): string {
  return `[Unit]
Description=etcd for Overlay (single node)
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=${[program, ...etcdArguments(options)].join(' ')}
Restart=always
RestartSec=1
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

export function usage(message: string): OverlayError {
  return new OverlayError('OVL_USAGE', `etcd: ${message}; see overlayctl etcd --help`);
}

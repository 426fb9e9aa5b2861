import type { CommandSpec, GroupSpec } from './command-spec.js';

const FORCE = '-f, --force';

const LEASE: GroupSpec = {
  name: 'lease',
  summary: 'who holds which subnet',
  commands: [
    {
      name: 'list',
      summary: 'all leases; * marks the own one',
      options: [['-w, --watch', 'print the table again after each change']],
    },
    {
      name: 'show',
      summary: 'one lease in full',
      arguments: [['<subnet>', '10.5.34.0/24, or a key name such as 10.5.34.0-24']],
    },
    {
      name: 'watch',
      summary: 'one line for each change, until Ctrl-C',
    },
    {
      name: 'reserve',
      summary: 'keep a subnet for a node, for ever',
      arguments: [['<subnet>', '10.5.34.0/24; dual stack: 10.5.34.0/24,fc00:24:0:28::/64']],
      options: [
        ['--public-ip <address>', 'the node that may use it (required)'],
        ['--public-ipv6 <address>', 'its public IPv6 address'],
        ['--backend-type <type>', 'backend type to write; default none'],
      ],
    },
    {
      name: 'release',
      summary: 'give a subnet back',
      arguments: [['<subnet>', 'subnet or key name']],
      options: [[FORCE, 'also when a running node keeps it alive']],
    },
  ],
};

const CONFIG: GroupSpec = {
  name: 'config',
  summary: 'the network config in etcd',
  commands: [
    { name: 'get', summary: 'print it' },
    {
      name: 'set',
      summary: 'check it, compare it with the leases, and write it',
      arguments: [['<config>', 'a file, - for standard input, or the JSON itself']],
      options: [
        ['--plan', 'say what will happen on which node, and write nothing'],
        [FORCE, 'also when leases would be cut off'],
      ],
    },
    {
      name: 'validate',
      summary: 'check it and print it with every default filled in; needs no etcd',
      arguments: [['[config]', 'a file, - for standard input (default), or the JSON itself']],
    },
  ],
};

const NODE: GroupSpec = {
  name: 'node',
  summary: 'the hosts behind the leases',
  commands: [
    { name: 'list', summary: 'all nodes that hold a lease' },
    {
      name: 'show',
      summary: 'one node and its leases',
      arguments: [['<node>', 'host name, node id, public address or subnet']],
    },
    {
      name: 'renumber',
      summary: 'a node gives its lease back and takes one that fits the config; this one where none is named',
      arguments: [['[node]', 'host name, node id, public address or subnet']],
      options: [
        ['--all', 'every node whose lease does not fit'],
        ['--one-by-one', 'wait for each node, and stop at the first that fails'],
        ['--timeout <seconds>', 'how long one node may take (default 120)'],
      ],
    },
  ],
};

/** The groups, nouns with their verbs. */
export const GROUPS: readonly GroupSpec[] = [LEASE, CONFIG, NODE];

/** The commands that stand alone. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'status',
    summary: 'what the daemon of this host does',
  },
  {
    name: 'doctor',
    summary: 'check every link of the chain, from etcd to the containers',
    options: [['--no-probe', 'do not send an echo request to every peer']],
  },
  {
    name: 'explain',
    summary: 'how a packet to an address goes, and what stands in its way',
    arguments: [['<address>', 'IPv4 or IPv6 address']],
  },
  { name: 'plan', summary: 'what the daemon would change now' },
  {
    name: 'resync',
    summary: 'compare and repair everything now',
  },
  {
    name: 'docker-opts',
    summary: "write Docker's options from subnet.env, like mk-docker-opts.sh",
    options: [
      ['-f <file>', 'subnet.env to read (default /run/flannel/subnet.env)'],
      ['-d <file>', 'file to write (default /run/docker_opts.env)'],
      ['-i', 'only the individual DOCKER_OPT_* variables'],
      ['-c', 'only the combined variable'],
      ['-m', 'leave out --ip-masq'],
      ['-k <name>', 'name of the combined variable (default DOCKER_OPTS)'],
    ],
    usageExit: 1,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    arguments: [['<shell>', 'bash, zsh or fish']],
  },
  { name: 'version', summary: 'print the version' },
];

/** Groups that `@overlay/testbed` runs; it reads their arguments itself. */
export const TESTBED_GROUPS = [
  {
    name: 'demo',
    summary: 'three hosts on this machine: up, status, exec, break, down',
    verbs: ['up', 'status', 'exec', 'break', 'down'],
  },
  { name: 'etcd', summary: 'a local single-node etcd: up, down, status', verbs: ['up', 'down', 'status'] },
] as const;

/** Options of every command, at any position. */
export const GLOBAL_OPTIONS: readonly (readonly [notation: string, description: string])[] = [
  ['--etcd-endpoints <urls>', 'comma list (default http://127.0.0.1:4001,http://127.0.0.1:2379)'],
  ['--etcd-prefix <key>', 'where the network is in etcd (default /atomic.io/network)'],
  ['--etcd-cafile <file>', 'certificate authority of etcd'],
  ['--etcd-certfile <file>', 'client certificate'],
  ['--etcd-keyfile <file>', 'key of the client certificate'],
  ['--etcd-username <name>', 'user of etcd'],
  ['--etcd-password-file <file>', 'file with its password on the first line'],
  ['--etcd-password <password>', 'its password; anybody on this host can read it: prefer the file'],
  ['--instance <name>', 'which overlayd of this host (default "default")'],
  ['--socket <path>', 'its control socket (default /run/overlayd/INSTANCE/overlayd.sock)'],
  ['-o, --output <format>', 'table, wide, json or yaml (default table)'],
];

/** A program to run inside. */
export interface GuestCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Working folder; the machine's files are at their own paths inside. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the initrd loads before the machine's root can be seen. */
export const BOOT_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console', 'virtio_rng'];

/** What is loaded before the program starts; anything else comes when it is asked for, as on every Debian. */
const MODULES = [
  ...[
    'dummy',
    'veth',
    'bridge',
    'br_netfilter',
    'tun',
    'vxlan',
    'geneve',
    'ip_gre',
    'ip6_gre',
    'ipip',
    'ip6_tunnel',
  ],
  ...['sit', 'fou', 'wireguard', 'openvswitch', 'nf_tables', 'nft_compat', 'nf_conntrack', 'nf_nat'],
];

/**
 * The first program of the guest. Its root is the machine's own, read-only over 9p, below a file system in memory: everything can be
 * written and nothing of it is kept. Folders where Docker stacks file systems of its own have to be in memory directly.
 */
export const INIT = `#!/bin/busybox sh
PATH=/bin; export PATH
busybox mount -t proc proc /proc; busybox mount -t sysfs sys /sys
fail() { echo "vm: $1" >/dev/console; busybox poweroff -f; }
while read -r module; do busybox insmod "/modules/$module" || fail "$module cannot be loaded"; done </modules/order
p9() { busybox mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" || fail "the folder $1 cannot be mounted"; }
p9 host /host ro,cache=loose
busybox mount -t tmpfs -o size=90%,mode=755 memory /memory
busybox mkdir /memory/upper /memory/work
busybox mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work,index=off,xino=off root /root || fail 'overlay'
cd /root
busybox mkdir -p run tmp mnt/out var/lib/docker var/lib/containerd var/lib/overlay-testbed var/log/openvswitch
busybox mount -t proc proc proc
busybox mount -t sysfs sys sys
busybox mount -t cgroup2 cgroup2 sys/fs/cgroup
busybox mount -t devtmpfs dev dev
busybox mkdir -p dev/pts dev/shm dev/net
busybox mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
for folder in dev/shm run tmp var/lib/docker var/lib/containerd var/lib/overlay-testbed
do busybox mount -t tmpfs -o size=90%,mode=755 memory "$folder"; done
busybox chmod 1777 tmp dev/shm
busybox mkdir -p run/vm run/lock
p9 control /root/run/vm cache=none
covered=$(busybox cat run/vm/folder)
# The working folder, when one of those in memory covers it: to be read only.
[ -d "/root$covered" ] || { busybox mkdir -p "/root$covered" && busybox mount -o bind "/host$covered" "/root$covered"; } || fail "$covered"
! busybox grep -qs shared /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag || p9 shared /root/mnt/out cache=none
busybox umount /proc /sys
exec busybox switch_root /root /bin/sh /run/vm/start
`;

/** Runs the program with its output on the port called \`output\`, then says the exit code there and waits to be switched off. */
export function startScript(modulesFolder: string, marker: string): string {
  return `cd /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
busybox hostname vm
ip link set lo up
mkdir -p /run/netns "/lib/modules/$(uname -r)"
mount --bind ${quote(modulesFolder)} "/lib/modules/$(uname -r)"
modprobe -a ${MODULES.join(' ')} || echo 'vm: some modules are missing' >/dev/console
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
for entry in /sys/class/virtio-ports/*
do [ "$(cat "$entry/name")" != output ] || port=/dev/\${entry##*/}; done
mkfifo /run/vm-output
cat /run/vm-output >"$port" & cat=$!
setsid -w sh /run/vm/command </dev/null >/run/vm-output 2>&1
code=$?
# What the program left running would hold its output open.
for entry in /proc/[0-9]*
do case \${entry#/proc/} in 1|$cat) ;; *) kill -9 "\${entry#/proc/}" 2>/dev/null ;; esac; done
wait $cat
sync
echo "${marker}$code" >"$port"
sleep 30
busybox poweroff -f
`;
}

/** The shell script that becomes the program. */
export function commandScript({ command, cwd, env }: GuestCommand): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [...exports, `cd ${quote(cwd)} || exit 1`, `exec ${command.map(quote).join(' ')}`, ''].join('\n');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

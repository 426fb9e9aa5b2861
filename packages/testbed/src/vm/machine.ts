/**
 * What time inside is: that of the machine around it, or the number of instructions that were carried out, 4 ns each. With the latter
 * what takes so long inside takes just as long whatever else the machine around it does; times of waiting are real.
 */
export type MachineClock = 'host' | 'instructions';

/** What a virtual machine is made of. */
export interface MachineSpec {
  readonly kernel: string;
  readonly initrd: string;
  readonly memoryMiB: number;
  /** Virtual processors. */
  readonly processors: number;
  readonly clock: MachineClock;
  /** Where the kernel's messages go. */
  readonly consoleFile: string;
  /** Folder with what the guest has to do; the guest may write there. */
  readonly controlFolder: string;
  /** A host folder the guest may write to, seen as `/mnt/out` inside. */
  readonly sharedFolder?: string;
}

const CLOCK: Readonly<Record<MachineClock, readonly string[]>> = {
  host: ['-accel', 'tcg,thread=multi', '-rtc', 'base=utc,clock=host'],
  instructions: ['-accel', 'tcg,thread=single', '-icount', 'shift=2', '-rtc', 'base=utc,clock=vm'],
};

/**
 * The arguments of qemu-system-x86_64. No KVM: it emulates every instruction (TCG), one host thread per processor, or one for all where
 * instructions are counted. No network card.
 * The machine's root is mount tag `host`, read-only; the guest's output is our standard output. Westmere has what Debian's programs can
 * use (x86-64-v2); what newer processors add (AVX, SMAP, five-level page tables) is slower when it is emulated.
 */
export function machineArguments(spec: MachineSpec): string[] {
  return [
    ...['-nodefaults', '-no-reboot', '-no-user-config', '-display', 'none', '-vga', 'none', '-net', 'none'],
    ...['-cpu', 'Westmere', '-smp', String(spec.processors), '-m', `${spec.memoryMiB}M`],
    ...CLOCK[spec.clock],
    ...['-kernel', spec.kernel, '-initrd', spec.initrd, '-append', kernelCommandLine()],
    ...['-serial', `file:${escapeOption(spec.consoleFile)}`],
    ...['-chardev', 'stdio,id=output,signal=off', '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=output,name=output', '-device', 'virtio-rng-pci'],
    ...share('host', '/', ',readonly=on,multidevs=remap'),
    ...share('control', spec.controlFolder),
    ...(spec.sharedFolder === undefined ? [] : share('shared', spec.sharedFolder)),
  ];
}

/**
 * The TSC is emulated from one host clock and so can be trusted: without that, every look at the time is a trap to a device.
 * A panic ends the machine at once; the messages before it are in the console file.
 */
export function kernelCommandLine(): string {
  return [
    'console=ttyS0',
    'loglevel=5',
    'panic=-1',
    'mitigations=off',
    'tsc=reliable',
    'clocksource=tsc',
    'random.trust_cpu=on',
    'audit=0',
    'nowatchdog',
  ].join(' ');
}

function share(tag: string, path: string, options = ''): string[] {
  return ['-virtfs', `local,path=${escapeOption(path)},mount_tag=${tag},security_model=none${options}`];
}

/** QEMU takes a doubled comma for a comma. */
function escapeOption(value: string): string {
  return value.replaceAll(',', ',,');
}

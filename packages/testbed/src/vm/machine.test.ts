import { kernelCommandLine, machineArguments, type MachineSpec } from './machine.js';

const SPEC: MachineSpec = {
  kernel: '/k',
  initrd: '/i',
  memoryMiB: 512,
  processors: 2,
  clock: 'host',
  consoleFile: '/c',
  controlFolder: '/tmp/a,b',
};

test("the machine's root is shared read-only, and the control folder is not", () => {
  const shares = machineArguments(SPEC).filter((argument) => argument.startsWith('local,'));
  expect(shares).toEqual([
    'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap',
    'local,path=/tmp/a,,b,mount_tag=control,security_model=none',
  ]);
});

test('a shared folder is one more mount, and only then', () => {
  const shared = machineArguments({ ...SPEC, sharedFolder: '/out' });
  expect(shared).toContain('local,path=/out,mount_tag=shared,security_model=none');
  expect(shared).toHaveLength(machineArguments(SPEC).length + 2);
});

test('it has no network card, no KVM, and ends on a panic', () => {
  const args = machineArguments(SPEC).join(' ');
  expect(args).toContain('-net none');
  expect(args).toContain('-accel tcg');
  expect(args).toContain('-no-reboot');
  expect(kernelCommandLine()).toContain('panic=-1');
});

test('time inside is counted in instructions only where that is asked for', () => {
  expect(machineArguments(SPEC)).not.toContain('-icount');
  expect(machineArguments({ ...SPEC, clock: 'instructions' }).join(' ')).toContain(
    'thread=single -icount shift=2',
  );
});

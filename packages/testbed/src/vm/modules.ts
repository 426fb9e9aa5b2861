import { OverlayError } from '@overlay/cidr';

/**
 * The files to load, and in which order, so that every module comes after those it needs.
 * @param dependencies text of `modules.dep` (`path: path path`, written by depmod; what is needed later comes first from the right).
 * @param wanted module names; `-` and `_` are the same, as for modprobe.
 * @throws OverlayError OVL_TESTBED_VM_MODULE when the kernel has no such module.
 */
export function moduleOrder(dependencies: string, wanted: readonly string[]): string[] {
  const known = new Map(
    dependencies
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const [path = '', needs = ''] = line.split(':');
        return [moduleName(path), [path, needs.split(' ').filter(Boolean)] as const];
      }),
  );
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const [path, needs] = known.get(name) ?? missing(name);
    if (ordered.has(path)) return;
    for (const need of needs) add(moduleName(need));
    ordered.add(path);
  };
  for (const name of wanted) add(moduleName(name));
  return [...ordered];
}

/** `kernel/net/9p/9pnet.ko.xz` -> `9pnet`. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.[a-z]+)?$/, '').replaceAll('-', '_');
}

function missing(name: string): never {
  throw new OverlayError(
    'OVL_TESTBED_VM_MODULE',
    `The virtual machine's kernel has no module ${name}. Use Debian's stock kernel, not its cloud variant`,
  );
}

import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';

/** The image every container of a rig runs unless told otherwise. Its default command is a web server on port 80. */
export const IMAGE = 'overlay-testbed/busybox';

/** Answers with the address it was asked from and the asked container's name. */
const WHOAMI = `#!/bin/sh
source=\${REMOTE_ADDR#[}; source=\${source%]}
printf 'Content-Type: text/plain\\r\\n\\r\\nsource=%s container=%s\\n' "\${source#::ffff:}" "$(hostname)"
`;

/** Packs /bin/busybox and its names into a file for `docker import`; takes about 50 ms. */
export async function packImage(file: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'overlay-testbed-image-'));
  try {
    for (const folder of ['bin', 'tmp', 'etc', 'proc', 'sys', 'dev', 'www/cgi-bin'])
      mkdirSync(join(root, folder), { recursive: true });
    const { stdout: which } = await run(['which', 'busybox']);
    copyFileSync(which.trim(), join(root, 'bin/busybox'));
    const { stdout: names } = await run(['busybox', '--list']);
    for (const name of names.split('\n').filter((name) => name !== '' && name !== 'busybox'))
      symlinkSync('busybox', join(root, 'bin', name));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
    writeFileSync(join(root, 'www/index.html'), 'hello from a container\n');
    writeFileSync(join(root, 'www/cgi-bin/whoami'), WHOAMI);
    chmodSync(join(root, 'www/cgi-bin/whoami'), 0o755);
    await run(['tar', '-C', root, '-cf', file, '.']);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The arguments of `docker` that make the image from the packed file. */
export function importArguments(file: string): string[] {
  return ['import', '--change', 'CMD ["httpd","-f","-h","/www"]', '--change', 'ENV PATH=/bin', file, IMAGE];
}

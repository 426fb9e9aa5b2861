import { buildSync } from 'esbuild';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './rig/etcd.js';
import { run } from './rig/processes.js';

jest.setTimeout(30_000);

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a script of the rig in a network of its own that has loopback alone, with a name server there. */
async function inNetworkOfItsOwn(script: string): Promise<string> {
  const packages = join(__dirname, '..', '..');
  const outfile = join(directory, `${script}.js`);
  buildSync({
    entryPoints: [join(__dirname, 'rig', `${script}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    external: ['etcd3', '@grpc/grpc-js', 'ip-num'],
    alias: { '@overlay/cidr': join(packages, 'cidr/src/index.ts') },
  });
  const resolver = join(directory, 'resolv.conf');
  const order = join(directory, 'nsswitch.conf');
  writeFileSync(resolver, 'nameserver 127.0.0.1\n');
  writeFileSync(order, 'hosts: files dns\n');
  const setup = `mount --bind ${resolver} /etc/resolv.conf && mount --bind ${order} /etc/nsswitch.conf && ip link set lo up`;
  return run('unshare', ['-n', '-m', 'sh', '-c', `${setup} && exec ${process.execPath} ${outfile}`], {
    NODE_PATH: join(packages, '..', 'node_modules'),
  });
}

test('F20 calls to an endpoint whose name server never answers end by their deadline, and files are read meanwhile', async () => {
  const outcome = JSON.parse(await inNetworkOfItsOwn('slow-names')) as {
    codes: string[];
    seconds: number;
    readMs: number;
    asked: boolean;
  };
  expect(outcome).toMatchObject({ codes: Array(3).fill('OVL_ETCD_UNREACHABLE') as string[], asked: true });
  expect(outcome.seconds).toBeLessThan(8);
  expect(outcome.readMs).toBeLessThan(1000);
});

import { openLeaseStore } from '../../src/etcd/index.js';
import { Recorder } from './recorder.js';

/** Uses a store in all ways, closes it, and then does nothing: the process must end by itself. */
async function main(endpoint: string): Promise<void> {
  const recorder = new Recorder();
  const store = openLeaseStore({ endpoints: [endpoint], prefix: '/atomic.io/network' });
  const told = new Promise((resolve) => (recorder.onState = resolve));
  store.follow(recorder);
  await told;
  await store.grant(10).then(
    (id) => store.keepAlive(id),
    () => undefined,
  );
  void store.list().catch(() => undefined);
  await store.close();
  process.stdout.write('closed\n');
}

void main(process.argv[2] ?? '');

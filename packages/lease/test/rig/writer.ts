import { Etcd3 } from 'etcd3';
import type { Etcd } from './etcd.js';
import { sleep } from './processes.js';

/** Puts one key after the other until it is stopped, and knows which were acknowledged. */
export class Writer {
  private readonly acknowledged: string[] = [];
  private readonly client: Etcd3;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(
    url: string,
    private readonly key: (name: string) => string,
  ) {
    this.client = new Etcd3({ hosts: url });
    this.done = this.write();
  }

  /** Stops, and resolves to the names of the acknowledged puts. */
  async stop(): Promise<readonly string[]> {
    this.stopped = true;
    await this.done;
    this.client.close();
    return this.acknowledged;
  }

  private async write(): Promise<void> {
    for (let count = 0; !this.stopped; count += 1) {
      const name = `w${count}`;
      const request = { key: Buffer.from(this.key(name)), value: Buffer.from('v') };
      await this.client.kv.put(request, { deadline: Date.now() + 1000 }).then(
        () => this.acknowledged.push(name),
        () => sleep(20),
      );
    }
  }
}

/** Puts `count` keys, 100 in one transaction. */
export async function bulkPut(
  etcd: Etcd,
  key: (name: string) => string,
  count: number,
  stem: string,
  value = 'v',
): Promise<void> {
  const client = new Etcd3({ hosts: etcd.url });
  for (let from = 0; from < count; from += 100) {
    const success = Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
      request_put: { key: Buffer.from(key(`${stem}-${from + index}`)), value: Buffer.from(value) },
    }));
    await client.kv.txn({ success });
  }
  client.close();
}

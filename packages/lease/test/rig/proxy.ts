import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

type Direction = 'up' | 'down';

/** A TCP proxy in front of one port that can cut, hold, delay or swallow. `up` is from the client to the server. */
export class Proxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly swallowed = new Set<Direction>();
  private refusing = false;
  private delayMs = 0;
  /** Called for every new connection. */
  onConnection: () => void = () => undefined;
  /** Sees every chunk that is passed on. */
  onData: (direction: Direction, chunk: Buffer) => void = () => undefined;

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async before(target: number): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Proxy(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections, as a reset does. */
  cut(): void {
    for (const [client, server] of this.pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    this.pairs.clear();
  }

  /** Leads to another port from now on; old connections are cut. */
  redirect(target: number): void {
    this.target = target;
    this.cut();
  }

  /** Breaks all connections and every new one at once. */
  block(): void {
    this.refusing = true;
    this.cut();
  }

  unblock(): void {
    this.refusing = false;
  }

  /** Swallows what goes in these directions, on old and new connections, without closing anything: a black hole. */
  swallow(...directions: Direction[]): void {
    for (const direction of directions) this.swallowed.add(direction);
  }

  /** Ends the black hole for new data; what was swallowed is gone, so old connections are cut. */
  release(): void {
    this.swallowed.clear();
    this.cut();
  }

  /** From now on everything takes this much longer, in each direction. */
  delay(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.onConnection();
    if (this.refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server] as const;
    this.pairs.add(pair);
    this.pipe('up', client, server);
    this.pipe('down', server, client);
  }

  private pipe(direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (this.swallowed.has(direction)) return;
      this.onData(direction, chunk);
      if (this.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.writable && to.write(chunk), this.delayMs);
    });
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  }
}

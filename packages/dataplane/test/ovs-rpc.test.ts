import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonRpc } from '../src/linux/ovs/json-rpc.js';

describe('JSON-RPC over a UNIX socket', () => {
  let folder: string;
  let server: Server;
  let rpc: JsonRpc;
  const sockets = new Set<Socket>();
  const path = () => join(folder, 'db.sock');

  async function serve(
    answer: (message: { id: number; method?: string }, socket: Socket) => void,
  ): Promise<void> {
    folder = mkdtempSync(join(tmpdir(), 'ovp-rpc-'));
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', (data) =>
        answer(JSON.parse(data.toString()) as { id: number; method?: string }, socket),
      );
    });
    await new Promise<void>((resolve) => server.listen(path(), resolve));
    rpc = new JsonRpc(path);
  }

  afterEach(() => {
    rpc.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('an echo is answered with its own parameters, also between a call and its answer', async () => {
    let asked = 0;
    const answers: unknown[] = [];
    await serve((message, socket) => {
      if (message.method !== undefined) {
        asked = message.id;
        socket.write('{"id":"echo","method":"echo","params":[1,"x"]}');
      } else {
        answers.push(message);
        socket.write(JSON.stringify({ id: asked, result: ['done'], error: null }));
      }
    });
    expect(await rpc.call('transact', [])).toEqual(['done']);
    expect(answers).toEqual([{ id: 'echo', result: [1, 'x'], error: null }]);
  });

  it('an error that is answered is OVL_OVS_REFUSED with its text', async () => {
    await serve(({ id }, socket) =>
      socket.write(JSON.stringify({ id, error: 'no such bridge\n', result: null })),
    );
    await expect(rpc.call('fdb/show', ['x'])).rejects.toMatchObject({
      code: 'OVL_OVS_REFUSED',
      message: 'Open vSwitch refused: no such bridge',
    });
  });

  it('a connection that ends fails what waits on it, and the next call makes another', async () => {
    let first = true;
    await serve(({ id }, socket) => {
      if (first) socket.destroy();
      else socket.write(JSON.stringify({ id, result: 7, error: null }));
      first = false;
    });
    await expect(rpc.call('a', [])).rejects.toMatchObject({ code: 'OVL_OVS_UNAVAILABLE' });
    expect(await rpc.call('b', [])).toBe(7);
  });

  it('what speaks another protocol ends the connection with a reason', async () => {
    await serve((_message, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n'));
    await expect(rpc.call('a', [])).rejects.toMatchObject({
      code: 'OVL_OVS_UNAVAILABLE',
      message: expect.stringContaining('does not speak its protocol') as string,
    });
  });

  it('no answer in time is OVL_OVS_UNAVAILABLE, and an answer to nobody is passed over', async () => {
    await serve(({ id, method }, socket) => {
      if (method === 'late') return;
      socket.write(JSON.stringify({ id: 999, result: 1, error: null }));
      socket.write(JSON.stringify({ id, result: 2, error: null }));
    });
    await expect(rpc.call('late', [], 20)).rejects.toMatchObject({ code: 'OVL_OVS_UNAVAILABLE' });
    expect(await rpc.call('b', [])).toBe(2);
  });

  it('a pid file that is gone when an answer is late fails that call, and nothing else', async () => {
    await serve(() => undefined);
    let asked = 0;
    const once = () => {
      if ((asked += 1) > 1) throw new Error('the pid file is gone');
      return path();
    };
    const fragile = new JsonRpc(once);
    await expect(fragile.call('late', [], 20)).rejects.toMatchObject({
      code: 'OVL_OVS_UNAVAILABLE',
      message: `${path()} gave no answer to late in 20 ms`,
    });
    fragile.close();
  });
});

import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveHealth, type HealthSource } from './health.js';
import { createMetrics } from './metrics.js';

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function serve(reasons: readonly string[] = []) {
  const metrics = createMetrics();
  const source: HealthSource = {
    notReady: () => reasons,
    refresh: () => metrics.peers.set({ state: 'programmed' }, 7),
  };
  const server = await serveHealth('127.0.0.1', 0, source, metrics);
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { server, port, source, metrics };
}

function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, agent: false };
    const call = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      const { statusCode: status, headers } = response;
      response.on('end', () => resolve({ status, type: headers['content-type'], body }));
    });
    call.on('error', reject).end();
  });
}

test('/healthz answers 200 with the body of Flannel, to any method and with a query', async () => {
  const { port } = await serve(['etcd: gone']);
  for (const [path, method] of [
    ['/healthz', 'GET'],
    ['/healthz?verbose', 'GET'],
    ['/healthz', 'POST'],
  ] as const)
    expect(await ask(port, path, method)).toMatchObject({ status: 200, body: 'flanneld is running' });
  expect(await ask(port, '/healthz', 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('/readyz answers 200 with the body of Flannel when ready', async () => {
  const { port } = await serve();
  expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: 'flanneld is ready' });
});

test('F19 I13 /readyz answers 503 with each reason on a line of its own', async () => {
  const { port } = await serve(['no lease is held', 'etcd: connecting']);
  const body = 'flanneld is not ready yet\nno lease is held\netcd: connecting\n';
  expect(await ask(port, '/readyz')).toMatchObject({ status: 503, body });
  expect(await ask(port, '/readyz', 'HEAD')).toMatchObject({ status: 503, body: '' });
});

test('/metrics shows what is true at the scrape, in the text format', async () => {
  const { port, metrics } = await serve();
  metrics.fullPasses.inc(3);
  const { status, type, body } = await ask(port, '/metrics');
  expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
  expect(body).toContain('overlayd_peers{state="programmed"} 7');
  expect(body).toContain('overlayd_reconcile_full_total 3');
  expect(body).toContain('process_resident_memory_bytes');
});

test('another path is 404', async () => {
  const { port } = await serve();
  expect(await ask(port, '/')).toMatchObject({ status: 404, body: 'not found\n' });
});

test('a port that is taken is OVL_HEALTHZ_PORT and names the flags', async () => {
  const { port, source } = await serve();
  await expect(serveHealth('127.0.0.1', port, source, createMetrics())).rejects.toMatchObject({
    code: 'OVL_HEALTHZ_PORT',
    message: expect.stringContaining(`--healthz-ip 127.0.0.1 --healthz-port ${port}`) as string,
  });
});

test('an error of the server after its start does not end the process, and it goes on', async () => {
  const { server, port } = await serve();
  for (let n = 0; n < 3; n += 1) server.emit('error', new Error('accept EMFILE'));
  expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
});

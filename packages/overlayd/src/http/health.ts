import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OverlayError } from '@overlay/cidr';
import { addProcessMetrics, type Metrics } from './metrics.js';

export interface HealthSource {
  /** Why the daemon is not ready; empty when it is. */
  notReady(): readonly string[];
  /** Brings gauges up to date before a scrape. */
  refresh(): void;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

function readyz(source: HealthSource, response: ServerResponse): void {
  const reasons = source.notReady();
  if (reasons.length === 0) response.writeHead(200, TEXT).end('flanneld is ready');
  else response.writeHead(503, TEXT).end(`flanneld is not ready yet\n${reasons.join('\n')}\n`);
}

async function serve(
  source: HealthSource,
  metrics: Metrics,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (path === '/healthz') response.writeHead(200, TEXT).end('flanneld is running');
  else if (path === '/readyz') readyz(source, response);
  else if (path === '/metrics') {
    source.refresh();
    response
      .writeHead(200, { 'content-type': metrics.registry.contentType })
      .end(await metrics.registry.metrics());
  } else response.writeHead(404, TEXT).end('not found\n');
}

/**
 * `/healthz` and `/readyz` with Flannel's bodies and codes (section 3.6), and `/metrics`.
 * @throws OverlayError OVL_HEALTHZ_PORT when the port cannot be had
 */
export function serveHealth(
  ip: string,
  port: number,
  source: HealthSource,
  metrics: Metrics,
): Promise<Server> {
  addProcessMetrics(metrics);
  const server = createServer((request: IncomingMessage, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    serve(source, metrics, path, response).catch(() => response.destroy());
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 5000;
  server.maxConnections = 64;
  return new Promise((resolve, reject) => {
    // It stays for later errors too: an accept that fails (EMFILE) concerns one client and must not end the daemon.
    server.on('error', (error) => {
      const where = `--healthz-ip ${ip} --healthz-port ${port}`;
      reject(new OverlayError('OVL_HEALTHZ_PORT', `${where}: ${error.message}`, { cause: error }));
    });
    server.listen(port, ip, () => resolve(server));
  });
}

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What `/metrics` shows; every name starts with `overlayd_`. */
export interface Metrics {
  readonly registry: Registry;
  readonly changes: Counter;
  readonly repaired: Counter;
  readonly fullPasses: Counter;
  readonly incrementalPasses: Counter;
  readonly firewallWrites: Counter;
  readonly leaseEvents: Counter;
  readonly leaseRenewals: Counter;
  readonly leaseLosses: Counter;
  readonly fenced: Gauge;
  readonly peers: Gauge<'state'>;
  readonly failing: Gauge;
  readonly ready: Gauge;
  readonly etcdConnected: Gauge;
  readonly etcdCertificateExpiresSeconds: Gauge;
  readonly leaseExpiresSeconds: Gauge;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `overlayd_${name}`, help, registers });
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `overlayd_${name}`, help, registers });
  return {
    registry,
    changes: counter('kernel_changes_total', 'Kernel objects added, replaced or removed'),
    repaired: counter(
      'kernel_repaired_total',
      'Kernel objects put back after somebody else removed or changed them',
    ),
    fullPasses: counter('reconcile_full_total', 'Full reconcile passes over the kernel'),
    incrementalPasses: counter('reconcile_incremental_total', 'Incremental reconcile passes'),
    firewallWrites: counter('firewall_writes_total', 'Firewall transactions written'),
    leaseEvents: counter('lease_events_total', 'Lease events received from etcd'),
    leaseRenewals: counter('lease_renewals_total', 'Renewals of the own lease that etcd confirmed'),
    leaseLosses: counter('lease_losses_total', 'Times the own lease was lost'),
    fenced: gauge(
      'fenced_subnets',
      'Subnets this host had, that another host owns and that are cut off here',
    ),
    peers: new Gauge({ name: 'overlayd_peers', help: 'Peers by state', labelNames: ['state'], registers }),
    failing: gauge('kernel_failing', 'Kernel objects that could not be applied'),
    ready: gauge('ready', '1 when /readyz answers 200'),
    etcdConnected: gauge('etcd_connected', '1 while the etcd watch is alive'),
    etcdCertificateExpiresSeconds: gauge(
      'etcd_certificate_expires_seconds',
      'Seconds until the first certificate for etcd ends',
    ),
    leaseExpiresSeconds: gauge(
      'lease_expires_seconds',
      'Seconds until the own lease expires if it is not renewed',
    ),
  };
}

/** Process metrics cost a timer and memory: only where they are served. */
export function addProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}

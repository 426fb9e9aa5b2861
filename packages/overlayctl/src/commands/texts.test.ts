import type { ExplainReply, PlanReply, StatusReply } from '@overlay/api';
import { checkText } from './doctor.js';
import { explainText } from './explain.js';
import { planText } from './plan.js';
import { statusText } from './status.js';

const STATUS: StatusReply = {
  version: '0.1.0',
  instance: 'default',
  nodeId: 'n1',
  hostname: 'host1',
  ready: false,
  notReady: ['no lease yet', 'etcd not reached'],
  uptimeSeconds: 75,
  lease: {
    subnet: '10.5.34.0/24',
    ipv6Subnet: '',
    publicIp: '172.31.0.1',
    publicIpv6: '',
    state: 'held',
    ttlSeconds: 86_400,
    expiresInSeconds: 86_390,
  },
  etcd: {
    connected: false,
    endpoint: 'http://127.0.0.1:2379',
    version: '3.4.23',
    revision: '12',
    detail: 'connection refused',
    prefix: '/atomic.io/network',
    secondsSinceContact: 61,
  },
  network: '10.5.0.0/16',
  ipv6Network: '',
  backend: 'vxlan',
  mtu: 1450,
  interface: 'eth0',
  peers: { total: 3, programmed: 2, rejected: 1, otherBackend: 0 },
  reconcile: {
    fullPasses: 1,
    incrementalPasses: 2,
    changes: 1,
    repaired: 4,
    failing: 1,
    failures: ['route 10.5.9.0/24: EINVAL'],
    lastFullSecondsAgo: 5,
  },
  firewall: { backend: 'nftables', dockerRules: '', written: 1, obstacles: [] },
  docker: { mode: 'off', reachable: false, version: '', state: '', bridge: '', subnet: '', problems: [] },
  problems: [{ code: 'OVL_X', message: 'something' }],
  backends: [],
  mustRenumber: false,
};

test('status', () => {
  expect(statusText(STATUS)).toBe(
    `overlayd:  0.1.0, instance default, up 1m 15s
node:      host1, id n1
ready:     no
           no lease yet
           etcd not reached
lease:     10.5.34.0/24, held, public address 172.31.0.1, expires in 23h 59m unless renewed
network:   10.5.0.0/16
backend:   vxlan, MTU 1450, over eth0
etcd:      not connected for 1m 1s, http://127.0.0.1:2379 /atomic.io/network: connection refused
peers:     3, 2 programmed, 1 rejected, 0 of another backend
reconcile: 1 full and 2 incremental passes, last full one 5s ago
           1 change made, 4 repaired, 1 failing
           route 10.5.9.0/24: EINVAL
firewall:  nftables, written 1 time
docker:    off
problems:  OVL_X: something
`,
  );
});

test('the status of a daemon that just started has what is there', () => {
  const text = statusText({
    ...STATUS,
    ready: true,
    lease: null,
    etcd: null,
    peers: null,
    reconcile: null,
    firewall: null,
    docker: null,
    backend: '',
    network: '',
    problems: [],
  });
  expect(text).toBe(
    'overlayd: 0.1.0, instance default, up 1m 15s\nnode:     host1, id n1\nready:    yes\nlease:    none yet\n',
  );
});

test('explain tells the way and what stands in it', () => {
  const reply: ExplainReply = {
    address: '10.5.7.9',
    verdict: 'peer',
    summary: 'a container of host2',
    lease: null,
    device: 'flannel.1',
    nextHop: '10.5.7.0',
    mtu: 1450,
    kernelRoute: '',
    obstacles: [],
    facts: [{ name: 'neighbour', value: '7e:73:a8:ee:4d:53' }],
  };
  const text = explainText(reply);
  expect(text).toMatch(/^10\.5\.7\.9: +a container of host2\n/);
  expect(text).toMatch(/neighbour: +7e:73:a8:ee:4d:53\n/);
  expect(text).toMatch(/in the way: +nothing known\n/);
  expect(text).not.toContain('kernel says');
  expect(explainText({ ...reply, obstacles: ['FORWARD drops it'] })).toContain('FORWARD drops it');
});

test('plan lists the changes, wide also what should be there', () => {
  const reply: PlanReply = {
    changes: [{ op: 'add', type: 'route', object: '10.5.7.0/24' }],
    objects: ['link flannel.1'],
    firewall: [],
  };
  const style = { wide: false, colour: false };
  expect(planText(reply, style)).toBe('CHANGE  TYPE   OBJECT\nadd     route  10.5.7.0/24\n');
  expect(planText({ ...reply, changes: [] }, style)).toBe('Nothing to change.\n');
  expect(planText(reply, { ...style, wide: true })).toContain('\nWanted objects:\n  link flannel.1\n');
});

test('a check gives its advice only where something is wrong', () => {
  const check = { name: 'etcd', result: 'ok', detail: '3.4.23', advice: 'look' };
  expect(checkText(check, false)).toBe('ok    etcd: 3.4.23\n');
  expect(checkText({ ...check, result: 'fail' }, false)).toBe('fail  etcd: 3.4.23\n      -> look\n');
  expect(checkText({ ...check, result: 'warn', detail: '' }, true)).toBe(
    '\u001b[33mwarn \u001b[0m etcd\n      -> look\n',
  );
});

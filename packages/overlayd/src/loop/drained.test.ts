import { parseIpv4Prefix } from '@overlay/cidr';
import type { DockerReport, DockerWish } from '@overlay/docker';
import { BLIND_MS, waitingFor } from './drained.js';

const next = { subnet: parseIpv4Prefix('10.6.3.0/24') };
const wish = { subnet: next.subnet } as DockerWish;
const report = (state: DockerReport['state'], message?: string): DockerReport => ({
  mode: 'network',
  reachable: true,
  state,
  problems: message === undefined ? [] : [{ code: 'OVL_DOCKER_NETWORK_IN_USE', message }],
  changes: [],
});

test('the old subnet can go when Docker has the new one, not before', () => {
  const input = { docker: 'network', next, heldMs: 0 } as const;
  expect(waitingFor({ ...input, answer: undefined })).toBe('Docker to be looked at');
  const busy = report('waiting', 'in use by web');
  expect(waitingFor({ ...input, answer: { wish, report: busy } })).toBe(
    'Docker to use 10.6.3.0/24: in use by web',
  );
  expect(waitingFor({ ...input, answer: { wish, report: report('ready') } })).toBeUndefined();
});

test('what Docker said about the subnet before says nothing about the new one', () => {
  const before = { wish: { ...wish, subnet: parseIpv4Prefix('10.5.1.0/24') }, report: report('ready') };
  expect(waitingFor({ docker: 'daemon-json', answer: before, next, heldMs: BLIND_MS })).toBeDefined();
});

test('a Docker that is away keeps the old subnet', () => {
  const away = { ...report('ready'), reachable: false };
  expect(
    waitingFor({ docker: 'network', answer: { wish, report: away }, next, heldMs: BLIND_MS }),
  ).toBeDefined();
});

test('without Docker the old subnet is kept for ten minutes', () => {
  const input = { docker: 'off', answer: undefined, next } as const;
  expect(waitingFor({ ...input, heldMs: 0 })).toContain('10 more minutes');
  expect(waitingFor({ ...input, heldMs: BLIND_MS - 1 })).toContain('1 more minute');
  expect(waitingFor({ ...input, heldMs: BLIND_MS })).toBeUndefined();
});

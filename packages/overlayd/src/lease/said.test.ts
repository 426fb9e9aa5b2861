import { peer, rawOf } from '../../test/support/hosts.js';
import { Said } from './said.js';

const attributes = (hostname: string) => ({ overlay: { nodeId: 'n', hostname, version: '1', backends: [] } });

test('B07 what was said under an address and host name is known, whatever else it says; another of either is not', () => {
  const said = new Said().add(peer(1, attributes('h1')).attributes).add(peer(2, attributes('h1')).attributes);
  const key = (n: number, hostname: string) =>
    rawOf(peer(n, { ...attributes(hostname), backendType: 'host-gw' }));
  expect([key(1, 'h1'), key(2, 'h1'), key(3, 'h1'), key(1, 'h2')].map((raw) => said.includes(raw))).toEqual([
    ...[true, true, false, false],
  ]);
  expect(said.includes({ ...key(1, 'h1'), value: '{' })).toBe(false);
});

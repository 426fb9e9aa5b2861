import type { PlainLink } from './inventory.js';
import { nicFacts } from './nic-facts.js';

const link = (name: string, index: number, rest: object = {}): PlainLink => ({
  ...{ name, index, kind: '', alias: '', mac: '02:00:00:00:00:01', mtu: 1500, up: true },
  ...{ loopback: false, carrier: true, ethernet: true },
  ...rest,
});
const NIC = link('eth0', 2);
const takenBy = (...others: PlainLink[]): readonly string[] =>
  nicFacts(NIC, [NIC, ...others], '/nonexistent').takenBy.map(({ name }) => name);

describe('what takes a NIC`s packets before a bridge could', () => {
  it.each(['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec'])('a %s on it', (kind) => {
    expect(takenBy(link('x0', 3, { kind, lowerIndex: 2 }))).toEqual(['x0']);
  });

  it('not a VLAN on it, and not a macvlan on another NIC', () => {
    expect(takenBy(link('eth0.5', 3, { kind: 'vlan', lowerIndex: 2 }))).toEqual([]);
    expect(takenBy(link('mv0', 4, { kind: 'macvlan', lowerIndex: 7 }))).toEqual([]);
  });
});

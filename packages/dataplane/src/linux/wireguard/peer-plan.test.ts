import { formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import fc from 'fast-check';
import { isEqual } from '../../compare.js';
import type { WireguardPeerObject } from '../../model.js';
import { peerSettings, type PeerChange } from './peer-plan.js';
import { shownPeer } from './shown-peer.js';
import type { PeerSetting, PeerState } from './state.js';

const DISCARD = 'discard';
const peer = (publicKey: string, numbers: readonly number[], rest = {}): WireguardPeerObject => ({
  ...{ type: 'wireguard-peer', link: 'wg', publicKey, keepaliveSeconds: 0 },
  allowedIps: numbers.map((n) => parsePrefix(`10.0.${n}.0/24`)),
  ...rest,
});
const replace = (object: WireguardPeerObject, previous: WireguardPeerObject): PeerChange => ({
  op: 'replace',
  object,
  previous,
});

/** What a kernel does with the settings: the peer of each address. */
function carryOut(
  owners: Map<string, string>,
  settings: readonly PeerSetting[],
  seen: (step: string) => void,
) {
  for (const { publicKey, remove, replaceAllowedIps, allowedIps } of settings) {
    if (remove === true || replaceAllowedIps === true)
      [...owners].filter(([, owner]) => owner === publicKey).forEach(([address]) => owners.delete(address));
    for (const prefix of allowedIps) owners.set(formatPrefix(prefix), publicKey);
    seen(publicKey);
  }
}

const assignment = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd')), { minLength: 6, maxLength: 6 });
const numbersOf = (owners: readonly (string | null)[], key: string) =>
  owners.flatMap((owner, n) => (owner === key ? [n] : []));

describe('changes of peers', () => {
  it('every address that is wanted before and after has a wanted peer at each step, and in the end the right one', () => {
    fc.assert(
      fc.property(assignment, assignment, (before, after) => {
        const changes = (['a', 'b', 'c', 'd'] as const).map((key): PeerChange => {
          const previous = peer(key, numbersOf(before, key));
          return after.includes(key)
            ? replace(peer(key, numbersOf(after, key)), previous)
            : { op: 'remove', object: previous };
        });
        const owners = new Map(
          before.flatMap((owner, n) => (owner === null ? [] : [[`10.0.${n}.0/24`, owner]])),
        );
        const kept = before.flatMap((owner, n) =>
          owner !== null && after[n] !== null ? [`10.0.${n}.0/24`] : [],
        );
        carryOut(owners, peerSettings(changes, DISCARD), () => {
          for (const address of kept) expect(['a', 'b', 'c', 'd']).toContain(owners.get(address));
        });
        const wanted = after.flatMap((owner, n) =>
          owner === null ? [] : [[`10.0.${n}.0/24`, owner] as const],
        );
        expect([...owners].sort()).toEqual([...wanted].sort());
      }),
    );
  });

  it('only what differs is set, on a peer that exists', () => {
    const endpoint = { address: parseAddress('192.0.2.1'), port: 1 };
    const previous = peer('a', [1, 2], { endpoint, presharedKey: 'one' });
    expect(
      peerSettings([replace(peer('a', [1, 2, 3], { endpoint, presharedKey: 'one' }), previous)], DISCARD),
    ).toEqual([{ publicKey: 'a', onlyExisting: true, allowedIps: [parsePrefix('10.0.3.0/24')] }]);
    expect(peerSettings([replace(peer('a', [1, 2], { endpoint }), previous)], DISCARD)).toEqual([
      { publicKey: 'a', onlyExisting: true, allowedIps: [], presharedKey: '' },
    ]);
  });

  it('a new peer is set whole, over whatever has its key', () => {
    expect(peerSettings([{ op: 'add', object: peer('a', [1], { keepaliveSeconds: 5 }) }], DISCARD)).toEqual([
      {
        ...{ publicKey: 'a', replaceAllowedIps: true, presharedKey: '', keepaliveSeconds: 5 },
        allowedIps: [parsePrefix('10.0.1.0/24')],
      },
    ]);
  });
});

describe('how a peer is shown', () => {
  const at = (last: number) => ({ address: parseAddress(`192.0.2.${last}`), port: 51820 });
  const state = (handshakeSeconds: number, rest: Partial<PeerState> = {}): PeerState => ({
    ...{ publicKey: 'a', endpoint: at(9), allowedIps: [], keepaliveSeconds: 0, handshakeSeconds },
    ...rest,
  });
  const wanted = peer('a', [], { endpoint: at(1) });
  const view = { link: 'wg', wanted, lastSet: at(1), nowSeconds: 1000 };

  it.each([
    ['the session lives: the wanted one', state(900), view, at(1)],
    ['the session lives after a restart: the wanted one', state(900), { ...view, lastSet: undefined }, at(1)],
    ['the session has ended: the real one', state(820), view, at(9)],
    ['there never was a session: the real one', state(0), view, at(9)],
    ['another endpoint was set last: the real one', state(900), { ...view, lastSet: at(2) }, at(9)],
    ['nobody wants the peer: the real one', state(900), { ...view, wanted: undefined }, at(9)],
  ])('an endpoint that is not the wanted one, when %s', (_, peerState, seen, endpoint) => {
    expect(shownPeer(peerState, seen).endpoint).toEqual(endpoint);
  });

  it('of a preshared key only that it is the wanted one or another is shown, and only another one is set', () => {
    const shown = (actual?: string, key?: string) => {
      const object = { ...wanted, ...(key === undefined ? {} : { presharedKey: key }) };
      const real = state(0, actual === undefined ? {} : { presharedKey: actual });
      return shownPeer(real, { ...view, wanted: object }).presharedKey;
    };
    expect([shown('one', 'one'), shown('two', 'one'), shown('one'), shown(undefined, 'one')]).toEqual([
      '(as wanted)',
      '(another)',
      '(another)',
      undefined,
    ]);
    const setFor = (actual?: string, key?: string): unknown => {
      const [was, wish] = [shown(actual, key), key].map((text) =>
        text === undefined ? {} : { presharedKey: text },
      );
      const [setting] = peerSettings([replace({ ...wanted, ...wish }, { ...wanted, ...was })], DISCARD);
      expect(isEqual({ ...wanted, ...wish }, { ...wanted, ...was })).toBe(
        setting?.presharedKey === undefined,
      );
      return setting?.presharedKey;
    };
    expect([
      setFor('one', 'one'),
      setFor('two', 'one'),
      setFor('one'),
      setFor(undefined, 'one'),
      setFor(),
    ]).toEqual([undefined, 'one', '', 'one', undefined]);
  });
});

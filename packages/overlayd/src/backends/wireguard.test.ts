import { formatAddress, formatPrefix, parseIpv4, parseIpv6, type OverlayError } from '@overlay/cidr';
import type { KernelObject } from '@overlay/dataplane';
import type { JsonObject } from '@overlay/lease';
import { announced, factsOf, inputOf, keyText, PSK } from '../../test/support/backend-cases.js';
import type { Backend, HostFacts } from './model.js';
import { createFrom } from './registry.js';

const wireguard = (options: JsonObject = {}, slot: 0 | 1 = 0): Backend =>
  createFrom('wireguard', { Type: 'wireguard', ...options }, slot);

const devices = (backend: Backend, dual = true): readonly string[] =>
  backend
    .planNode(inputOf(1, dual))
    .flatMap((object) =>
      object.type === 'link' && object.kind === 'wireguard' ? [`${object.name} ${object.listenPort}`] : [],
    );

const peersOf = (objects: readonly KernelObject[]): readonly string[] =>
  objects.flatMap((object) => {
    if (object.type !== 'wireguard-peer' || object.endpoint === undefined) return [];
    const { link, endpoint, allowedIps } = object;
    return [
      `${link} ${formatAddress(endpoint.address)} ${endpoint.port} ${allowedIps.map(formatPrefix).join()}`,
    ];
  });

const reached = (backend: Backend, own = factsOf(1), peer = factsOf(9)): readonly string[] =>
  peersOf(backend.planPeer(inputOf(1, true, own), announced(backend, 9, true, peer)).objects);

describe('modes', () => {
  test('separate: a device, port and peer per family', () => {
    expect(devices(wireguard())).toEqual(['flannel-wg 51820', 'flannel-wg-v6 51821']);
    expect(reached(wireguard())).toEqual([
      'flannel-wg 172.31.0.9 51820 10.5.9.0/24',
      'flannel-wg-v6 fd31::9 51821 fc00:5:0:9::/64',
    ]);
    expect(wireguard().tunnel(6)).toBe('flannel-wg-v6');
  });

  test.each(['auto', 'ipv4', 'ipv6'])('%s: one device for both families', (Mode) => {
    const backend = wireguard({ Mode });
    expect(devices(backend)).toEqual(['flannel-wg 51820']);
    expect(backend.tunnel(6)).toBe('flannel-wg');
    expect(backend.id).toBe('wireguard one device');
    const routes = backend
      .planPeer(inputOf(1, true), announced(backend, 9, true))
      .objects.filter(({ type }) => type === 'route');
    expect(routes).toMatchObject([{ link: 'flannel-wg' }, { link: 'flannel-wg' }]);
  });

  test('ipv4 and ipv6 say which address packets go to, at the port that really listens', () => {
    const both = '10.5.9.0/24,fc00:5:0:9::/64';
    expect(reached(wireguard({ Mode: 'ipv4' }))).toEqual([`flannel-wg 172.31.0.9 51820 ${both}`]);
    expect(reached(wireguard({ Mode: 'ipv6' }))).toEqual([`flannel-wg fd31::9 51820 ${both}`]);
  });

  const global4 = (facts: HostFacts): HostFacts => ({ ...facts, publicIp: parseIpv4('8.8.8.8') });
  const global6 = (facts: HostFacts): HostFacts => ({ ...facts, publicIpv6: parseIpv6('2001:db8::9') });

  test.each([
    ['both private: IPv4', factsOf(1), factsOf(9), '172.31.0.9'],
    ['the peer’s IPv4 is global: IPv4', global6(factsOf(1)), global6(global4(factsOf(9))), '8.8.8.8'],
    ['only IPv6 is global, on both: IPv6', global6(factsOf(1)), global6(factsOf(9)), '2001:db8::9'],
    ['only the peer’s IPv6 is global: IPv4', factsOf(1), global6(factsOf(9)), '172.31.0.9'],
  ])('auto: %s', (_title, own, peer, address) => {
    expect(reached(wireguard({ Mode: 'auto' }), own, peer)[0]).toContain(` ${address} `);
  });

  test('ipv6 without EnableIPv6 is refused, and a peer without an IPv6 address is reported', () => {
    const backend = wireguard({ Mode: 'ipv6' });
    expect(backend.refuse(factsOf(1), false)).toContain('EnableIPv6');
    const attempt = (): unknown => backend.planPeer(inputOf(1, true), announced(backend, 9, false));
    expect(attempt).toThrow(/10\.5\.9\.0-24.*no IPv6 address/);
  });
});

describe('a peer', () => {
  test('has the preshared key, the keepalive and its own subnet only, with a route of its own', () => {
    const backend = wireguard({ PSK, PersistentKeepaliveInterval: 25 });
    const { objects } = backend.planPeer(inputOf(1, false), announced(backend, 9, false));
    expect(objects).toMatchObject([
      { type: 'wireguard-peer', publicKey: keyText(9), presharedKey: PSK, keepaliveSeconds: 25 },
      { type: 'route', link: 'flannel-wg', onlink: false },
    ]);
    expect(objects[1]).not.toHaveProperty('gateway');
  });

  test.each([{ PublicKey: keyText(9) }, { publickey: keyText(9), port: 0 }])(
    'without a port (%j) is reached at the own ListenPort, in either slot',
    (data) => {
      for (const slot of [0, 1] as const) {
        const backend = wireguard({ ListenPort: 5000 }, slot);
        const { lease } = announced(backend, 9, false);
        const { objects } = backend.planPeer(inputOf(1, false), {
          lease,
          offer: { type: 'wireguard', data },
        });
        expect(peersOf(objects)[0]).toContain(' 172.31.0.9 5000 ');
      }
    },
  );

  test('C17 without IPv6 data is reached by IPv4 alone', () => {
    const { lease, offer } = announced(wireguard(), 9, true);
    const { v6Data: _, ...single } = offer;
    expect(peersOf(wireguard().planPeer(inputOf(1, true), { lease, offer: single }).objects)).toHaveLength(1);
  });

  test('B07 with this host’s own key (a cloned machine) is OVL_PEER_INVALID', () => {
    const { lease, offer } = announced(wireguard(), 9, false);
    const data = { PublicKey: keyText(1), Port: 51_820 };
    const attempt = (): unknown =>
      wireguard().planPeer(inputOf(1, false), { lease, offer: { ...offer, data } });
    expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError);
    expect(attempt).toThrow('own PublicKey');
  });
});

describe('two generations', () => {
  test('a new key has its own device, ports and name, and announces what it listens on', () => {
    const next = wireguard({ KeyGeneration: 1 }, 1);
    expect(devices(next)).toEqual(['flannel-wgb 51822', 'flannel-wg-v6b 51823']);
    expect([wireguard().keyName, next.keyName]).toEqual(['wgkey', 'wgkey-1']);
    expect(next.publish(factsOf(1), true)).toMatchObject({
      data: { PublicKey: keyText(101), Port: 51_822 },
      v6Data: { PublicKey: keyText(101), Port: 51_823 },
    });
    expect(next.id).toBe('wireguard generation 1');
  });

  test('planning without the key says OVL_WIREGUARD_KEY', () => {
    const backend = wireguard({ KeyGeneration: 8 });
    expect(() => backend.planNode(inputOf(1, false))).toThrow(
      expect.objectContaining({ code: 'OVL_WIREGUARD_KEY' }) as OverlayError,
    );
  });

  test('ports that would meet are refused where both families have a device', () => {
    for (const ListenPortV6 of [51_820, 51_822, 51_818]) {
      expect(wireguard({ ListenPortV6 }).refuse(factsOf(1), true)).toContain(String(ListenPortV6));
      expect(wireguard({ ListenPortV6 }).refuse(factsOf(1), false)).toBeUndefined();
      expect(wireguard({ ListenPortV6, Mode: 'auto' }).refuse(factsOf(1), true)).toBeUndefined();
    }
  });
});

describe('the preshared key', () => {
  test('is in the id by a fingerprint that tells keys apart and does not show them', () => {
    const other = PSK.replace('cHJl', 'cHJm');
    const ids = [PSK, other, ''].map((key) => wireguard({ PSK: key }).id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^wireguard psk [0-9a-f]{8}$/);
    expect(ids[2]).toBe('wireguard');
  });

  test('two spellings of the same 32 bytes are one key', () => {
    expect(PSK.endsWith('U=')).toBe(true);
    expect(wireguard({ PSK: PSK.replace(/U=$/, 'V=') }).id).toBe(wireguard({ PSK }).id);
  });

  test.each([PSK.slice(4), `${PSK}AAAA`, `${PSK.slice(0, -1)}A`, `${'A'.repeat(43)}=`, 'password', 7])(
    'G01 of the wrong length or form (%j) is OVL_BACKEND_OPTION, and is not shown',
    (bad) => {
      const attempt = (): unknown => wireguard({ PSK: bad });
      expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
      expect(attempt).toThrow(/PSK of wireguard must be base64 of 32 random bytes \(wg genpsk\);/);
      expect(attempt).not.toThrow(new RegExp(`"${String(bad).replace(/[+/]/g, '.')}"`));
    },
  );
});

test.each<[string, JsonObject, string]>([
  ['ListenPort', { ListenPort: 65_534 }, 'from 0 to 65533'],
  ['ListenPortV6', { ListenPortV6: -1 }, 'from 0 to 65533'],
  ['Mode', { Mode: 'both' }, 'one of separate, auto, ipv4, ipv6'],
  ['PersistentKeepaliveInterval', { PersistentKeepaliveInterval: 65_536 }, 'from 0 to 65535'],
  ['KeyGeneration', { KeyGeneration: -1 }, 'from 0 to'],
])('a bad %s is OVL_BACKEND_OPTION and names the key and the bound (%j)', (key, options, bound) => {
  const attempt = (): unknown => wireguard(options);
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
  expect(attempt).toThrow(key);
  expect(attempt).toThrow(bound);
});

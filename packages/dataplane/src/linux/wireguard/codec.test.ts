import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePrefix, ipv6, parseAddress, parsePrefix, prefixOf } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import fc from 'fast-check';
import { decodeFou, writeFou, writeFouKey } from '../fou-codec.js';
import { writeGeneric, type GenericCommand } from '../genetlink/socket.js';
import { MessageWriter } from '../netlink/writer.js';
import { batchesOf } from './batches.js';
import { decodeDevice, mergePieces, WG_CMD, writeDevice, writePeers } from './codec.js';
import type { PeerSetting } from './state.js';

/** Generic netlink messages after their netlink header, captured with strace from wg and iproute2, the command beside each. */
const captured = JSON.parse(
  readFileSync(join(__dirname, '../../../fixtures/generic-netlink.json'), 'utf8'),
) as Record<'requests' | 'answers', { command: string; hex: string }[]>;

const requestOf = (command: string): string =>
  captured.requests.find((request) => request.command === command)!.hex;
const answersTo = (command: string): Buffer[] =>
  captured.answers
    .filter((answer) => answer.command === command)
    .map(({ hex }) => Buffer.from(hex, 'hex').subarray(4));

const ONE = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
const TWO = 'TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=';
const SHARED = '2Hh1+XaRdEGJkLzj4X3jPb1fjmXwBZLmUKVUDIh9bVY=';
const PRIVATE = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';

function written(command: number, attributes: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter();
  const whole: GenericCommand = { command, version: 1, attributes };
  writeGeneric(writer, whole);
  return writer.bytes().toString('hex');
}

const endpoint = (address: string, port: number) => ({ address: parseAddress(address), port });
const prefixes = (...texts: string[]): Prefix[] => texts.map((text) => parsePrefix(text));

const peers: PeerSetting[] = [
  {
    publicKey: ONE,
    replaceAllowedIps: true,
    presharedKey: SHARED,
    endpoint: endpoint('172.31.0.2', 51820),
    keepaliveSeconds: 25,
    allowedIps: prefixes('10.70.2.0/24', 'fc00:70:0:2::/64'),
  },
  {
    publicKey: TWO,
    replaceAllowedIps: true,
    endpoint: endpoint('fd31::2', 51821),
    allowedIps: prefixes('10.70.3.0/24'),
  },
];

describe('WireGuard over generic netlink', () => {
  it('a private key and a port are written as wg does', () => {
    const setting = { listenPort: 51820, privateKey: Buffer.from(PRIVATE, 'base64') };
    expect(written(WG_CMD.SET_DEVICE, (writer) => writeDevice(writer, 'wgcap', setting))).toBe(
      requestOf('wg set wgcap listen-port 51820 private-key /tmp/k'),
    );
  });

  it('peers are written as wg does', () => {
    expect(written(WG_CMD.SET_DEVICE, (writer) => writePeers(writer, 'wgcap', peers))).toBe(
      requestOf(
        `wg set wgcap peer ${ONE} endpoint 172.31.0.2:51820 allowed-ips 10.70.2.0/24,fc00:70:0:2::/64 persistent-keepalive 25 preshared-key /tmp/psk peer ${TWO} endpoint [fd31::2]:51821 allowed-ips 10.70.3.0/24`,
      ),
    );
  });

  it('the removal of a peer is written as wg does', () => {
    const removal = { publicKey: TWO, remove: true, allowedIps: [] };
    expect(written(WG_CMD.SET_DEVICE, (writer) => writePeers(writer, 'wgcap', [removal]))).toBe(
      requestOf(`wg set wgcap peer ${TWO} remove`),
    );
  });

  it("the kernel's answer is read, without the private key", () => {
    const state = mergePieces(answersTo('wg show wgcap').map(decodeDevice));
    expect(state).toEqual({
      listenPort: 51820,
      publicKey: 'HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=',
      peers: [
        {
          publicKey: ONE,
          presharedKey: SHARED,
          endpoint: endpoint('172.31.0.2', 51820),
          allowedIps: prefixes('10.70.2.0/24', 'fc00:70:0:2::/64'),
          keepaliveSeconds: 25,
          handshakeSeconds: 0,
        },
      ],
    });
  });

  it('an answer cut anywhere is read without a fault', () => {
    const [whole] = answersTo('wg show wgcap');
    for (let length = 0; length < whole!.length; length += 4)
      expect(() => decodeDevice(whole!.subarray(0, length))).not.toThrow();
  });

  const key = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .filter((bytes) => bytes.some((byte) => byte > 0));
  const prefix: fc.Arbitrary<Prefix> = fc.oneof(
    fc
      .tuple(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 }))
      .map(([bits, length]) => prefixOf({ family: 4, bits }, length)),
    fc
      .tuple(fc.bigInt(0n, 2n ** 128n - 1n), fc.integer({ min: 0, max: 128 }))
      .map(([bits, length]) => prefixOf(ipv6(bits), length)),
  );
  const peer = fc.record({
    publicKey: key.map((bytes) => Buffer.from(bytes).toString('base64')),
    presharedKey: key.map((bytes) => Buffer.from(bytes).toString('base64')),
    endpoint: fc.record({
      address: fc.oneof(
        fc.nat(0xffffffff).map((bits) => ({ family: 4 as const, bits })),
        fc.bigInt(0n, 2n ** 128n - 1n).map((bits) => ipv6(bits)),
      ),
      port: fc.nat(65535),
    }),
    keepaliveSeconds: fc.nat(65535),
    allowedIps: fc.array(prefix, { maxLength: 20 }),
  });

  it('what is written is read back, whatever the message boundaries', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(peer, { selector: ({ publicKey }) => publicKey }),
        fc.nat(9),
        (list, cut) => {
          const split = list.flatMap((one) => [
            { ...one, allowedIps: one.allowedIps.slice(0, cut) },
            { ...one, allowedIps: one.allowedIps.slice(cut) },
          ]);
          const pieces = split.map((one) =>
            decodeDevice(Buffer.from(written(0, (writer) => writePeers(writer, 'x', [one])).slice(8), 'hex')),
          );
          expect(mergePieces(pieces).peers).toEqual(
            list.map((one) => ({
              ...one,
              handshakeSeconds: 0,
              allowedIps: [...one.allowedIps].sort(comparePrefix),
            })),
          );
        },
      ),
    );
  });

  it('D24 batches keep order and content, and each fits a message', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 60 }), (sizes) => {
        const list = sizes.map((size, n) => ({
          publicKey: Buffer.alloc(32, n + 1).toString('base64'),
          replaceAllowedIps: true,
          allowedIps: Array.from({ length: size }, (_, bits) => prefixOf(ipv6(BigInt(bits)), 128)),
        }));
        const batches = batchesOf(list);
        for (const batch of batches)
          expect(written(0, (writer) => writePeers(writer, 'wg0', batch)).length / 2).toBeLessThan(65_000);
        const all = batches.flat();
        for (const { publicKey, allowedIps } of list) {
          const pieces = all.filter((one) => one.publicKey === publicKey);
          expect(pieces.flatMap((one) => one.allowedIps)).toHaveLength(allowedIps.length);
          expect(pieces.map((one) => one.replaceAllowedIps === true)).toEqual(pieces.map((_, n) => n === 0));
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('foo-over-UDP ports over generic netlink', () => {
  const port = (number: number, protocol: 4 | 41, family: 4 | 6 = 4) =>
    ({ type: 'fou', family, port: number, protocol }) as const;

  it.each([
    ['ip fou add port 8285 ipproto 4', port(8285, 4)],
    ['ip fou add port 8286 ipproto 41', port(8286, 41)],
    ['ip -6 fou add port 8287 ipproto 41', port(8287, 41, 6)],
  ])('%s', (command, object) => {
    expect(written(1, (writer) => writeFou(writer, object))).toBe(requestOf(command));
  });

  it('a removal is written as iproute2 does', () => {
    expect(written(2, (writer) => writeFouKey(writer, port(8286, 41)))).toBe(
      requestOf('ip fou del port 8286'),
    );
  });

  it("the kernel's list is read", () => {
    expect(answersTo('ip fou show').map(decodeFou)).toEqual([
      { ...port(8287, 41, 6), inner: 41, plain: true },
      { ...port(8285, 4), inner: 4, plain: true },
    ]);
  });
});

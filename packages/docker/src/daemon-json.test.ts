import fc from 'fast-check';
import { ipv6Prefix, parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { mergeDaemonJson, restoreDaemonJson } from './daemon-json.js';
import type { DockerdFlag } from './dockerd-flags.js';
import type { DockerWish } from './model.js';

const WISH: DockerWish = {
  mode: 'daemon-json',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};
const WITH_V6 = { ...WISH, ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64') };
const OURS = '"bip": "10.5.34.1/24", "fixed-cidr": "10.5.34.0/24", "mtu": 1450, "ip-masq": false';
const compact = (text: string | undefined) => JSON.stringify(JSON.parse(text ?? 'null'));

describe('mergeDaemonJson', () => {
  it.each<[string, string | undefined, DockerWish, string]>([
    ['no file', undefined, WISH, `{${OURS}}`],
    [
      'other keys',
      '{"debug": true, "dns": ["1.1.1.1"]}',
      WISH,
      `{"debug": true, "dns": ["1.1.1.1"], ${OURS}}`,
    ],
    [
      'old values in their place',
      '{"mtu": 1500, "x": 1, "bip": "172.18.0.1/16"}',
      WISH,
      '{"mtu": 1450, "x": 1, "bip": "10.5.34.1/24", "fixed-cidr": "10.5.34.0/24", "ip-masq": false}',
    ],
    [
      'a bridge of the administrator',
      '{"bridge": "br0"}',
      WISH,
      '{"bridge": "br0", "fixed-cidr": "10.5.34.0/24", "mtu": 1450, "ip-masq": false}',
    ],
    ['an empty bridge', '{"bridge": ""}', WISH, `{"bridge": "", ${OURS}}`],
    [
      'no masquerade of ours',
      '{"a": 1}',
      { ...WISH, ipMasq: false },
      `{"a": 1, ${OURS.replace('false', 'true')}}`,
    ],
    ['IPv6', '{"a": 1}', WITH_V6, `{"a": 1, ${OURS}, "ipv6": true, "fixed-cidr-v6": "fd00:5:34::/64"}`],
  ])('%s', (_, text, wish, expected) => {
    const merge = mergeDaemonJson(text, wish, []);
    expect(merge.problems).toEqual([]);
    expect(compact(merge.text)).toBe(compact(expected));
  });

  it('writes a file of its own with two spaces and a newline at the end', () => {
    expect(mergeDaemonJson(undefined, WISH, []).text).toBe(
      '{\n  "bip": "10.5.34.1/24",\n  "fixed-cidr": "10.5.34.0/24",\n  "mtu": 1450,\n  "ip-masq": false\n}\n',
    );
  });

  it('a bridge given as a flag rules out bip as the key does', () => {
    const flags = [{ name: 'bridge', value: 'br0', place: 'unit' }];
    expect(mergeDaemonJson('{}', WISH, flags).changedKeys).toEqual(['fixed-cidr', 'mtu', 'ip-masq']);
  });

  it('leaves a file that already says so untouched', () => {
    const text = '{ "ip-masq":false,"mtu" : 1450,\t"fixed-cidr":"10.5.34.0\\/24", "bip":"10.5.34.1/24"}';
    expect(mergeDaemonJson(text, WISH, [])).toMatchObject({ text, changedKeys: [], problems: [] });
  });

  it('E16 refuses malformed JSON with line and column', () => {
    const text = '{\n  "debug": true,\n}\n';
    const merge = mergeDaemonJson(text, WISH, []);
    expect(merge).toMatchObject({ text, changedKeys: [], problems: [{ code: 'OVL_DOCKER_JSON_MALFORMED' }] });
    expect(merge.problems[0]?.message).toContain('line 3, column 1: a comma before }');
  });

  it('E18 refuses a key that is also a flag, naming the flag and the place', () => {
    const flag: DockerdFlag = {
      name: 'bip',
      value: '172.30.0.1/16',
      place: '/lib/systemd/system/docker.service',
    };
    const merge = mergeDaemonJson('{}', WISH, [flag, { name: 'debug', value: '', place: 'x' }]);
    expect(merge).toMatchObject({
      text: '{}',
      changedKeys: [],
      problems: [{ code: 'OVL_DOCKER_FLAG_CONFLICT' }],
    });
    expect(merge.problems[0]?.message).toContain(
      '--bip=172.30.0.1/16 is given to dockerd in /lib/systemd/system/docker.service',
    );
  });

  it('refuses bridge none, which leaves nothing to give the lease to', () => {
    expect(mergeDaemonJson('{"bridge": "none"}', WISH, []).problems[0]?.code).toBe(
      'OVL_DOCKER_NO_DEFAULT_BRIDGE',
    );
  });

  it('takes bip out again when the administrator sets a bridge later', () => {
    const first = mergeDaemonJson('{"a": 1}', WISH, []);
    const withBridge = first.text?.replace('{', '{"bridge": "br0", ');
    const second = mergeDaemonJson(withBridge, WISH, [], first.record);
    expect(compact(second.text)).toBe(
      '{"bridge":"br0","a":1,"fixed-cidr":"10.5.34.0/24","mtu":1450,"ip-masq":false}',
    );
  });

  it('takes the IPv6 keys out again when the lease has no IPv6 any more', () => {
    const first = mergeDaemonJson('{"ipv6": false}', WITH_V6, []);
    const second = mergeDaemonJson(first.text, WISH, [], first.record);
    expect(compact(second.text)).toBe(compact(`{"ipv6": false, ${OURS}}`));
  });
});

describe('restoreDaemonJson', () => {
  const NEXT = { ...WISH, subnet: parseIpv4Prefix('10.5.35.0/24') };

  it('gives back the old values and removes what was not there', () => {
    const text = '{\r\n\t"mtu": 1500,\r\n\t"debug": true\r\n}\r\n';
    const merge = mergeDaemonJson(text, WISH, []);
    expect(restoreDaemonJson(merge.text ?? '', merge.record).text).toBe(text);
  });

  it('removes a file that was ours alone', () => {
    const merge = mergeDaemonJson(undefined, WISH, []);
    expect(restoreDaemonJson(merge.text ?? '', merge.record).text).toBeUndefined();
  });

  it('keeps a file that was ours when somebody added a key', () => {
    const merge = mergeDaemonJson(undefined, WISH, []);
    const more = merge.text?.replace('\n}', ',\n  "debug": true\n}') ?? '';
    expect(compact(restoreDaemonJson(more, merge.record).text)).toBe('{"debug":true}');
  });

  it('leaves a value that somebody changed since', () => {
    const merge = mergeDaemonJson('{"a": 1}', WISH, []);
    const edited = merge.text?.replace('1450', '9000') ?? '';
    expect(compact(restoreDaemonJson(edited, merge.record).text)).toBe('{"a":1,"mtu":9000}');
  });

  it('F01 knows our value on either side of a write that a crash cut off', () => {
    const first = mergeDaemonJson('{"bip": "172.30.0.1/16", "a": 1}', WISH, []);
    const second = mergeDaemonJson(first.text, NEXT, [], first.record);
    for (const text of [first.text, second.text]) {
      expect(compact(restoreDaemonJson(text ?? '', second.record).text)).toBe(
        '{"bip":"172.30.0.1/16","a":1}',
      );
    }
  });

  it('undoes any sequence of merges byte for byte where the object had members', () => {
    const objects = fc.dictionary(
      fc.constantFrom('debug', 'mtu', 'bip', 'dns', 'ip-masq', 'ipv6', 'é'),
      fc.jsonValue(),
      { minKeys: 1 },
    );
    const wishes = fc.array(fc.tuple(fc.nat(255), fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(objects, wishes, fc.constantFrom(0, 2, '\t'), (object, steps, indent) => {
        const text = JSON.stringify(object, null, indent);
        let current = mergeDaemonJson(text, WISH, []);
        for (const [octet, ipMasq, v6] of steps) {
          const subnet = parseIpv4Prefix(`10.5.${octet}.0/24`);
          const ipv6 = v6 ? { ipv6Subnet: ipv6Prefix(0xfdn << 120n, 64) } : {};
          current = mergeDaemonJson(current.text, { ...WISH, subnet, ipMasq, ...ipv6 }, [], current.record);
        }
        expect(current.problems).toEqual([]);
        expect(restoreDaemonJson(current.text ?? '', current.record).text).toBe(text);
      }),
    );
  });
});

import { Hosts, type Mode } from './firewall-hosts.js';

const hosts = new Hosts('fwt-d');
const MODES: readonly Mode[] = ['vxlan', 'host-gw'];

beforeAll(() => hosts.up(), 30_000);
afterAll(() => hosts.down());

function start(rules: string, mode: Mode): void {
  hosts.reset(mode);
  hosts.load('a', rules);
  hosts.load('b', rules);
}

describe.each(MODES)('%s', (mode) => {
  describe.each(['none', 'policy-drop', 'docker-20.10', 'docker-28.1', 'docker-28.5'])(
    'with the rules of %s',
    (rules) => {
      beforeAll(() => start(rules, mode));

      test('containers are cut off without our rules, if the rules drop anything', () => {
        if (rules === 'none') expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
        else expect(hosts.attempt('ca', '10.5.2.2')).toBe('refused');
      });

      test('E01 E03 containers and hosts reach containers, sources kept', async () => {
        await hosts.protect(mode);
        expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
        expect(hosts.reach('cb', '10.5.1.2')).toBe('10.5.2.2');
        expect(hosts.reach('a', '10.5.2.2')).toBe(mode === 'vxlan' ? '10.5.1.0' : '192.168.77.1');
      });

      test('a container reaches the peer host by its overlay address with its own source', () => {
        expect(hosts.reach('ca', '10.5.2.1')).toBe('10.5.1.2');
      });

      test('E12 to the outside sources are masqueraded when asked for', async () => {
        await hosts.protect(mode, { masquerade: true });
        expect(hosts.reach('ca', '192.168.77.9')).toBe('192.168.77.1');
        expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
        expect(hosts.reach('a', '10.5.2.2')).toBe(mode === 'vxlan' ? '10.5.1.0' : '192.168.77.1');
      });

      test('a second pass writes nothing', async () => {
        const again = await hosts.firewall('b').ensure(hosts.input('b', mode, { masquerade: true }));
        expect(again).toMatchObject({ written: [], errors: [] });
      });
    },
  );

  describe.each(['docker-20.10', 'docker-28.1', 'docker-28.5'])('beside the rules of %s', (rules) => {
    beforeAll(async () => {
      start(rules, mode);
      await hosts.protect(mode);
    });

    test('a LAN host reaches the published port and nothing else', () => {
      expect(hosts.reach('lan', '192.168.77.2', 8080)).toBe('192.168.77.9');
      expect(hosts.attempt('lan', '10.5.2.2', 9000)).toBe('refused');
    });

    test("a user's DROP in DOCKER-USER, even one put behind our jump, still drops", async () => {
      hosts.run('b', 'iptables -I DOCKER-USER 2 -s 10.5.1.2 -p tcp --dport 9000 -j DROP');
      await hosts.protect(mode);
      expect(hosts.attempt('ca', '10.5.2.2', 9000)).toBe('refused');
      expect(hosts.reach('ca', '10.5.2.2', 80)).toBe('10.5.1.2');
      hosts.run('b', 'iptables -D DOCKER-USER -s 10.5.1.2 -p tcp --dport 9000 -j DROP');
    });

    test('icc=false still separates containers of one host', async () => {
      hosts.run('b', 'sysctl -qw net.bridge.bridge-nf-call-iptables=1');
      const chain = rules === 'docker-20.10' ? 'FORWARD' : 'DOCKER-FORWARD';
      expect(hosts.reach('cb2', '10.5.2.2')).toBe('10.5.2.3');
      hosts.run(
        'b',
        `iptables -I ${chain} ${rules === 'docker-20.10' ? 2 : 1} -i docker0 -o docker0 -j DROP`,
      );
      await hosts.protect(mode);
      expect(hosts.attempt('cb2', '10.5.2.2')).toBe('refused');
      expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
    });
  });
});

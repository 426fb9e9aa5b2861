import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choiceObstacles, chooseVariant, familyFacts, mergeFacts, type FamilyReading } from './facts.js';
import { parseSave, type Ruleset } from './ruleset.js';

function fixture(name: string): Ruleset {
  return parseSave(readFileSync(join(__dirname, '../../test/fixtures/firewall', `${name}.txt`), 'utf8'));
}

function reading(rulesets: FamilyReading['rulesets'], more: Partial<FamilyReading> = {}): FamilyReading {
  return { family: 4, rulesets, preferred: 'nft', nftTables: [], ...more };
}

function changed(name: string, change: (text: string) => string): Ruleset {
  return parseSave(
    change(readFileSync(join(__dirname, '../../test/fixtures/firewall', `${name}.txt`), 'utf8')),
  );
}

test.each([
  ['none', { dockerUser: false, docker: false, dockerRawDrop: false, forwardPolicy: 'ACCEPT' }],
  ['policy-drop', { dockerUser: false, docker: false, dockerRawDrop: false, forwardPolicy: 'DROP' }],
  ['docker-20.10', { dockerUser: true, docker: true, dockerRawDrop: false, forwardPolicy: 'DROP' }],
  ['docker-28.1', { dockerUser: true, docker: true, dockerRawDrop: true, forwardPolicy: 'DROP' }],
  ['docker-28.5', { dockerUser: true, docker: true, dockerRawDrop: true, forwardPolicy: 'DROP' }],
])('the rules of %s are known for what they are', (name, expected) => {
  expect(familyFacts(reading({ nft: fixture(name) }))).toEqual({
    iptables: 'nft',
    dockerNftables: false,
    obstacles: [],
    ...expected,
  });
});

test('E05 a DOCKER-USER that FORWARD does not lead to counts for nothing and is said', () => {
  const flushed = changed('docker-28.5', (text) => text.replaceAll(/^-A .*\n/gm, ''));
  const facts = familyFacts(reading({ nft: flushed }));
  expect(facts).toMatchObject({ dockerUser: false, docker: true });
  expect(facts.obstacles).toEqual([expect.stringContaining('FORWARD does not lead to them')]);
});

test('E08 the variant with the rules of Docker is chosen, else what iptables means here', () => {
  const [docker, none] = [fixture('docker-20.10'), fixture('none')];
  expect(chooseVariant(reading({ nft: none, legacy: docker }))).toBe('legacy');
  expect(chooseVariant(reading({ nft: docker, legacy: none }, { preferred: 'legacy' }))).toBe('nft');
  expect(chooseVariant(reading({ nft: none, legacy: none }, { preferred: 'legacy' }))).toBe('legacy');
  expect(chooseVariant(reading({}, { preferred: 'absent' }))).toBe('absent');
});

test('E08 a mix of legacy and nft rules is said, with the policy that drops', () => {
  const facts = familyFacts(reading({ nft: fixture('docker-20.10'), legacy: fixture('policy-drop') }));
  expect(facts.obstacles).toEqual([
    expect.stringMatching(/both iptables-nft and iptables-legacy.*FORWARD policy is DROP/),
  ]);
  expect(familyFacts(reading({ nft: fixture('docker-20.10'), legacy: fixture('none') })).obstacles).toEqual(
    [],
  );
});

test.each(['-A DOCKER-USER -j DROP', '-A DOCKER-USER -m comment --comment "x" -j REJECT'])(
  'a user rule for all packets is said: %s',
  (rule) => {
    const rules = changed('docker-28.5', (text) =>
      text.replace('-A FORWARD -j DOCKER-USER', `${rule}\n-A FORWARD -j DOCKER-USER`),
    );
    expect(familyFacts(reading({ nft: rules })).obstacles).toEqual([
      expect.stringContaining('for every packet'),
    ]);
  },
);

test("Docker's nftables backend needs two keys, each said only while it is missing", () => {
  const listing = readFileSync(
    join(__dirname, '../../test/fixtures/firewall/docker-29-nftables.nft'),
    'utf8',
  );
  const obstacles = (dockerBridges: string): string =>
    familyFacts(reading({ nft: fixture('none') }, { dockerBridges })).obstacles.join('\n');
  expect(obstacles(listing)).toContain('bridge-accept-fwmark');
  expect(obstacles(listing)).not.toContain('allow-direct-routing');
  const dropping = listing.replace(
    'priority raw; policy accept;',
    'priority raw; policy accept;\n\t\tip daddr 10.5.2.2 iifname != "docker0" counter drop',
  );
  expect(obstacles(dropping)).toContain('"allow-direct-routing": true');
  const marked = listing.replace(
    'counter drop',
    'meta mark & 0x00004000 == 0x00004000 counter accept\n\t\tcounter drop',
  );
  expect(obstacles(marked)).toBe('');
});

test('E06 firewalld, and no iptables at all, are said', () => {
  expect(
    familyFacts(reading({ nft: fixture('none') }, { nftTables: ['inet firewalld'] })).obstacles.join(),
  ).toContain('zone "trusted"');
  expect(familyFacts(reading({}, { preferred: 'absent' }))).toMatchObject({
    iptables: 'absent',
    forwardPolicy: 'unknown',
  });
});

test('forward rules turned off are in the way only where something drops', () => {
  const input = {
    instance: 'default',
    traffic: [],
    masquerade: true,
    randomFully: true,
    forward: false,
    nftables: false,
  };
  expect(choiceObstacles(input, familyFacts(reading({ nft: fixture('docker-28.5') })))).toHaveLength(1);
  expect(choiceObstacles(input, familyFacts(reading({ nft: fixture('none') })))).toEqual([]);
  expect(
    choiceObstacles({ ...input, forward: true }, familyFacts(reading({ nft: fixture('docker-28.5') }))),
  ).toEqual([]);
});

test('facts of both families become one, each obstacle with its family', () => {
  const v4 = familyFacts(reading({ nft: fixture('docker-28.5') }));
  const v6 = familyFacts(reading({}, { family: 6, preferred: 'absent' }));
  expect(mergeFacts({ 4: v4, 6: v6 })).toMatchObject({
    ...v4,
    obstacles: [expect.stringMatching(/^IPv6: no iptables/)],
  });
  expect(mergeFacts({ 6: v6 })).toBe(v6);
  expect(mergeFacts({})).toMatchObject({ iptables: 'absent', forwardPolicy: 'unknown' });
});

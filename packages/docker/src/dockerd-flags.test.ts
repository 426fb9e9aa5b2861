import { flagsOfArguments, flagsOfEnvironmentFile, flagsOfUnit, otherConfigFile } from './dockerd-flags.js';

const UNIT = '/lib/systemd/system/docker.service';
const pairs = (flags: readonly { name: string; value: string }[]) =>
  flags.map(({ name, value }) => `${name}=${value}`);

describe('E18 flags of dockerd', () => {
  it('are read from a command line in every form pflag takes', () => {
    const args = [
      'dockerd',
      '--bip=10.1.1.1/24',
      '--mtu',
      '1450',
      '-b',
      'br0',
      '--ipv6',
      '-H',
      'fd://',
      '--ip-masq=false',
    ];
    expect(pairs(flagsOfArguments(args, 'here'))).toEqual([
      'bip=10.1.1.1/24',
      'mtu=1450',
      'bridge=br0',
      'ipv6=',
      'ip-masq=false',
    ]);
  });

  it('are read from a unit with continued lines, comments and quotes', () => {
    const text =
      '[Service]\n# ExecStart=/x --mtu=1\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --bip "10.1.1.1/24" $DOCKER_OPTS\nEnvironmentFile=-/etc/default/docker\n';
    const unit = flagsOfUnit([{ path: UNIT, text }]);
    expect(unit).toEqual({
      flags: [{ name: 'bip', value: '10.1.1.1/24', place: UNIT }],
      environmentFiles: ['/etc/default/docker'],
    });
  });

  it('of the unit are forgotten where a drop-in empties ExecStart', () => {
    const dropIn = {
      path: '/etc/x.conf',
      text: '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --mtu=1400\n',
    };
    const unit = flagsOfUnit([{ path: UNIT, text: 'ExecStart=/usr/bin/dockerd --bip=10.1.1.1/24' }, dropIn]);
    expect(unit.flags).toEqual([{ name: 'mtu', value: '1400', place: '/etc/x.conf' }]);
  });

  it('are found in the environment of a unit and in the files of variables it names', () => {
    const unit = flagsOfUnit([
      { path: UNIT, text: 'Environment="DOCKER_OPTS=--bip=10.1.1.1/24 --mtu=1450"' },
    ]);
    expect(pairs(unit.flags)).toEqual(['bip=10.1.1.1/24', 'mtu=1450']);
    const text =
      '#DOCKER_OPTS="--mtu=9"\nDOCKER_OPT_BIP="--bip=10.1.74.1/24"\nDOCKER_OPTS=" --ip-masq=true --mtu=1472"\nhttp_proxy="http://a/?--bip=1"\n';
    expect(pairs(flagsOfEnvironmentFile({ path: '/run/docker_opts.env', text }))).toEqual([
      'bip=10.1.74.1/24',
      'ip-masq=true',
      'mtu=1472',
    ]);
  });

  it('show that dockerd reads another file', () => {
    const flags = flagsOfArguments(['--config-file', '/srv/d.json'], 'here');
    expect(otherConfigFile(flags, '/etc/docker/daemon.json')?.value).toBe('/srv/d.json');
    expect(otherConfigFile(flags, '/srv/d.json')).toBeUndefined();
  });
});

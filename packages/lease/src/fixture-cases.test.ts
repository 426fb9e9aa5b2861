import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { formatInterfaceAddress, OverlayError, parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';

import {
  dockerOptions,
  formatLeaseName,
  formatLeaseValue,
  formatSubnetEnv,
  normaliseConfig,
  parseDockerOptionArguments,
  parseFlannelKey,
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
} from './index.js';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, '../fixtures', name), 'utf8'));
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OverlayError) return error.code;
    throw error;
  }
  return 'no error';
}

interface Cases<T> {
  readonly cases: readonly T[];
}

interface DockerCase {
  readonly name: string;
  readonly subnetEnv: string | null;
  readonly args: string[];
  readonly environment: Record<string, string>;
  readonly exitCode: number;
  readonly output: string | null;
  readonly stderrFirstLine: string;
}
interface EnvCase {
  readonly config: string;
  readonly file: string;
  readonly ipMasq: boolean;
  readonly subnet: string;
  readonly ipv6Subnet: string;
  readonly mtu: number;
}
interface KeyCase {
  readonly key: string;
  readonly subnet: string | null;
  readonly ipv6Subnet: string | null;
  readonly canonical?: string;
}
interface LeaseCase {
  readonly name: string;
  readonly config: string;
  readonly key: string;
  readonly value: string;
  readonly status: string;
}

const configs = (
  fixture('config-cases.json') as Cases<{ input: string; normalised?: unknown; error?: string }>
).cases;
const keys = (fixture('subnet-key-cases.json') as Cases<KeyCase>).cases;
const decoded = (
  fixture('lease-value-decode-cases.json') as Cases<{ input: string; remarshalled?: string; error?: string }>
).cases;
const { leases } = fixture('leases.json') as { leases: LeaseCase[] };
const envs = (fixture('subnet-env-cases.json') as Cases<EnvCase>).cases;
const dockerCases = (fixture('mk-docker-opts-cases.json') as Cases<DockerCase>).cases;

describe('network config: the verdict and values of Flannel', () => {
  test.each(configs.filter((c) => c.error === undefined))('accepts $input', ({ input, normalised }) => {
    expect(normaliseConfig(parseNetworkConfig(input))).toEqual(normalised);
  });

  test.each(configs.filter((c) => c.error !== undefined))('refuses $input', ({ input }) => {
    expect(codeOf(() => parseNetworkConfig(input))).toBe('OVL_CONFIG_INVALID');
  });
});

describe('lease keys: what Flannel makes of them', () => {
  test.each(keys)('$key', ({ key, subnet, ipv6Subnet, canonical }) => {
    const found = parseFlannelKey(key);
    expect(found ? formatInterfaceAddress(found.subnet) : null).toBe(subnet);
    expect(found?.ipv6Subnet ? formatInterfaceAddress(found.ipv6Subnet) : null).toBe(ipv6Subnet);
    expect(found?.canonical).toBe(canonical);
  });

  test.each(keys)(
    'C10 $key is ours only when it is its own canonical form without host bits',
    ({ key, canonical }) => {
      const strict = codeOf(() => parseLeaseName(key)) === 'no error';
      expect(strict).toBe(key === canonical && !key.startsWith('10.5.34.7') && key !== '10.5.34.0-0');
      if (strict) expect(formatLeaseName(parseLeaseName(key))).toBe(key);
    },
  );
});

describe('lease values', () => {
  test.each(decoded.filter((c) => c.error === undefined))(
    'reads and re-writes $input',
    ({ input, remarshalled }) => {
      expect(formatLeaseValue(parseLeaseValue(input))).toBe(remarshalled);
    },
  );

  test.each(decoded.filter((c) => c.error !== undefined))('refuses $input', ({ input }) => {
    expect(codeOf(() => parseLeaseValue(input))).toBe('OVL_LEASE_VALUE');
  });

  test.each(leases.filter((lease) => lease.status !== 'legacy'))(
    '$name: byte-equal to Flannel',
    ({ value, key }) => {
      expect(formatLeaseValue(parseLeaseValue(value))).toBe(value);
      const name = key.slice(key.lastIndexOf('/') + 1);
      expect(formatLeaseName(parseLeaseName(name))).toBe(name);
    },
  );

  test.each(leases.filter((lease) => lease.status === 'legacy'))('$name: readable', ({ value }) => {
    expect(parseLeaseValue(value).publicIp).toBeDefined();
  });

  test.each(leases)('$name: its config is accepted', ({ config }) => {
    expect(codeOf(() => parseNetworkConfig(config))).toBe('no error');
  });
});

test.each(envs)(
  'subnet.env: byte-equal to Flannel for $config, mtu $mtu',
  ({ config, subnet, ipv6Subnet, mtu, ipMasq, file }) => {
    const subnets = {
      ...(subnet !== '' && { subnet: parseIpv4Prefix(subnet) }),
      ...(ipv6Subnet !== '' && { ipv6Subnet: parseIpv6Prefix(ipv6Subnet) }),
    };
    expect(formatSubnetEnv({ config: parseNetworkConfig(config), subnets, mtu, ipMasq })).toBe(file);
  },
);

test.each(dockerCases)(
  'mk-docker-opts: $name',
  ({ subnetEnv, args, environment, exitCode, output, stderrFirstLine }) => {
    const { flags, problem } = parseDockerOptionArguments(args);
    const result =
      problem === undefined
        ? dockerOptions({ subnetEnvText: subnetEnv ?? undefined, flags, environment })
        : { output: null, exitCode: 1, stderr: `${problem}\n` };
    expect(result.output).toBe(output);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr.split('\n')[0]).toBe(stderrFirstLine);
  },
);

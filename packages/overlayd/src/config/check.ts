import { OverlayError, parseAddress, parseIpv4, parseIpv6 } from '@overlay/cidr';
import { usageError } from './argv.js';
import type { Config } from './model.js';

const INSTANCE = /^[a-z0-9][a-z0-9-]{0,11}$/;
const NETWORK = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;

function checkAddress(flag: string, text: string | undefined, parse: (text: string) => unknown): void {
  if (text === undefined) return;
  try {
    parse(text);
  } catch (error) {
    throw usageError(`--${flag}: ${error instanceof OverlayError ? error.message : String(error)}`);
  }
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw usageError(`--etcd-endpoints: "${endpoint}" is not http://HOST:PORT or https://HOST:PORT`);
  }
}

function checkEtcd(config: Config): void {
  if (config.etcdEndpoints.length === 0)
    throw usageError('--etcd-endpoints: at least one endpoint is needed');
  config.etcdEndpoints.forEach(checkEndpoint);
  if (!config.etcdPrefix.startsWith('/'))
    throw usageError(`--etcd-prefix: "${config.etcdPrefix}" must start with /`);
  if ((config.etcdCertfile === undefined) !== (config.etcdKeyfile === undefined)) {
    throw usageError('--etcd-certfile and --etcd-keyfile go together: give both or neither');
  }
  if (config.etcdPassword !== undefined && config.etcdUsername === undefined) {
    throw usageError('an etcd password needs --etcd-username');
  }
}

/** The options are checked with those of the network config; here only what cannot be read at all. */
function checkBackend({ backend }: Config): void {
  if (backend?.startsWith('{') !== true) return;
  try {
    const { Type } = JSON.parse(backend) as { readonly Type?: unknown };
    if (typeof Type === 'string') return;
  } catch {
    // Said below.
  }
  throw usageError(
    `--backend: ${backend} must be a type or a JSON object with a Type, like {"Type":"vxlan"}`,
  );
}

function checkRegex(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    throw usageError(`--iface-regex: "${pattern}" is not a regular expression: ${String(error)}`);
  }
}

/** Checks what one value alone cannot show; throws OVL_USAGE naming the flag and the bound. */
export function checkConfig(config: Config): Config {
  if (!INSTANCE.test(config.instance)) {
    throw usageError(
      `--instance: "${config.instance}" must be 1 to 12 of a-z, 0-9 and -, and not start with -`,
    );
  }
  if (config.dockerNetwork !== undefined && !NETWORK.test(config.dockerNetwork)) {
    throw usageError(`--docker-network: "${config.dockerNetwork}" is not a Docker network name`);
  }
  checkEtcd(config);
  checkBackend(config);
  checkAddress('public-ip', config.publicIp, parseIpv4);
  checkAddress('public-ipv6', config.publicIpv6, parseIpv6);
  checkAddress('iface-can-reach', config.ifaceCanReach, parseAddress);
  checkAddress('healthz-ip', config.healthzIp, parseAddress);
  config.ifaceRegex.forEach(checkRegex);
  return Object.freeze(config);
}

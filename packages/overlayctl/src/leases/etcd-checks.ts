import type { Check } from '@overlay/api';
import { parseNetworkConfig, type LeaseStore } from '@overlay/lease';
import { count } from '../output/text.js';
import { configOrNone, viewOfSnapshot } from './from-etcd.js';

/** What can be checked without the daemon. Ends at the first check that the others need. */
export async function* etcdChecks(open: () => Promise<LeaseStore>): AsyncGenerator<Check> {
  let store: LeaseStore;
  try {
    store = await open();
    yield await healthCheck(store);
  } catch (error) {
    yield failed('etcd', error, 'check --etcd-endpoints and that etcd runs');
    return;
  }
  const config = await store.config();
  yield configCheck(config?.text);
  yield leasesCheck(viewOfSnapshot(await store.list(), configOrNone(config?.text)).leases);
}

async function healthCheck(store: LeaseStore): Promise<Check> {
  const { endpoint, version, alarms } = await store.health();
  if (alarms.length > 0) {
    return {
      name: 'etcd',
      result: 'fail',
      detail: `${endpoint} has the alarm ${alarms.join(', ')}`,
      advice: 'etcdctl alarm list',
    };
  }
  return ok('etcd', `${endpoint}, version ${version}`);
}

function configCheck(text: string | undefined): Check {
  if (text === undefined) {
    return {
      name: 'config',
      result: 'fail',
      detail: 'there is none in etcd',
      advice: 'overlayctl config set FILE',
    };
  }
  try {
    const { warnings } = parseNetworkConfig(text);
    if (warnings.length === 0) return ok('config', '');
    return {
      name: 'config',
      result: 'warn',
      detail: warnings.map(({ message }) => message).join('; '),
      advice: '',
    };
  } catch (error) {
    return failed('config', error, 'overlayctl config set FILE');
  }
}

function leasesCheck(leases: readonly { readonly name: string; readonly state: string }[]): Check {
  const rejected = leases.filter(({ state }) => state === 'rejected').map(({ name }) => name);
  if (rejected.length === 0) return ok('leases', count(leases.length, 'lease'));
  const detail = `${rejected.length} of ${leases.length} cannot be used: ${rejected.slice(0, 5).join(', ')}`;
  return { name: 'leases', result: 'warn', detail, advice: 'overlayctl lease list --output wide' };
}

function ok(name: string, detail: string): Check {
  return { name, result: 'ok', detail, advice: '' };
}

function failed(name: string, error: unknown, advice: string): Check {
  return { name, result: 'fail', detail: error instanceof Error ? error.message : String(error), advice };
}

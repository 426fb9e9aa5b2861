import { OverlayError } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import { findLease } from '../leases/find.js';
import { show } from '../output/show.js';
import { span } from '../output/text.js';

export const run: CommandRun = async (context, [subnet = ''], options) => {
  const store = await context.store();
  const { leases } = await store.list();
  const lease = findLease(leases, subnet);
  const seconds = lease.etcdLease === '0' ? undefined : await store.timeToLive(lease.etcdLease);
  if (seconds !== undefined && seconds > 0 && options['force'] !== true) {
    throw new OverlayError(
      'OVL_CONFLICT',
      `${lease.name} is a node's live lease (expires in ${span(seconds)} unless renewed); stop overlayd there, or repeat with --force`,
    );
  }
  if (!(await store.remove(lease))) {
    throw new OverlayError('OVL_CONFLICT', `${lease.name} changed meanwhile; look at it again`);
  }
  await show(context.io, context.settings.output, {
    data: { name: lease.name, released: true },
    text: () => `Released ${lease.name}.\n`,
  });
  return undefined;
};

import { changeConfig } from './faults-etcd.js';
import type { Fault, Scene } from './model.js';

const SEVERAL_CALLS = 12;

/** In the midst of what the daemon does: after so many of its calls on files. A new config makes it write some. */
function amidWrites({ node, random, world }: Scene, cut: () => void): void {
  node.files.cutAfter(1 + random.below(SEVERAL_CALLS), cut);
  changeConfig(world, random);
}

const kill: Fault = ({ node }) => {
  node.kill();
  return () => node.start();
};

/** With nothing to write, when the time is over. */
const killAmid: Fault = (scene) => {
  const { node, world } = scene;
  amidWrites(scene, () => {
    world.midst.kills += 1;
    node.strike();
  });
  return () => {
    node.files.cutAfter(Infinity, () => undefined);
    node.kill();
    node.start();
  };
};

const restart: Fault = ({ node, world }) => {
  node.stop().then(
    () => world.scheduler.at(100, () => node.start()),
    (error: unknown) => world.judge('I12', `${node.name} could not stop: ${String(error)}`),
  );
  return undefined;
};

const wipe: Fault = ({ node }) => {
  node.wipe();
  return () => node.start();
};

/** The power goes: half of the time in the midst of writing, if there is anything to write. */
const powerLoss: Fault = (scene) => {
  const { node, random, world } = scene;
  let boot: (() => void) | undefined;
  const cut = (): void => {
    world.midst.powerCuts += 1;
    if (!node.files.isSynced) world.midst.unsynced += 1;
    const booted = node.cutPower(random);
    boot = () => {
      boot = () => undefined;
      world.judge('I9', booted());
    };
    world.scheduler.at(0, () => boot?.());
  };
  if (random.chance(0.5)) amidWrites(scene, cut);
  else cut();
  return () => {
    if (boot === undefined) cut();
    boot?.();
    node.start();
  };
};

const pause: Fault = ({ node: { clock } }) => {
  clock?.stop('paused');
  return () => clock?.resume();
};

const suspend: Fault = ({ node: { clock } }) => {
  clock?.stop('suspended');
  return () => clock?.resume();
};

const deleteObjects: Fault = ({ node, random, world }) => {
  world.note(`${node.name}: somebody deletes ${node.kernel.deleteSome(random)}`);
  return undefined;
};

const meddle: Fault = ({ node, random, world }) => {
  world.note(`${node.name}: somebody puts ${node.kernel.meddle(random)}`);
  return undefined;
};

const flap: Fault = ({ node: { kernel }, random }) => {
  const device = random.pick(kernel.devices());
  kernel.setLink(device, false);
  return () => kernel.setLink(device, true);
};

const deaf: Fault = ({ node: { kernel } }) => {
  kernel.deaf = true;
  return () => kernel.hear();
};

const CODES = ['EBUSY', 'ENOBUFS', 'ENOMEM', 'EPERM'];

const kernelRefuses: Fault = ({ node: { kernel }, random }) => {
  const code = random.pick(CODES);
  const one = random.pick(['link', 'route', 'neighbour', 'fdb']);
  const some = random.chance(0.5);
  kernel.fake.fail({ when: ({ object }) => object.type === one && (some || random.chance(0.5)), code });
  return () => kernel.fake.heal();
};

const firewallFails: Fault = ({ node: { firewall } }) => {
  firewall.broken = true;
  return () => {
    firewall.broken = false;
  };
};

export const HOST_FAULTS: Readonly<Record<string, Fault>> = {
  kill,
  'kill-amid': killAmid,
  restart,
  wipe,
  'power-loss': powerLoss,
  pause,
  suspend,
  'delete-objects': deleteObjects,
  meddle,
  flap,
  deaf,
  'kernel-refuses': kernelRefuses,
  'firewall-fails': firewallFails,
};

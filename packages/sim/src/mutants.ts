import { formatPrefix, parsePrefix, type Prefix } from '@overlay/cidr';
import type {
  ActualState,
  Change,
  Firewall,
  FirewallInput,
  Kernel,
  OverlayTraffic,
} from '@overlay/dataplane';
import type { LeaseSink, Subscription } from '@overlay/lease';
import type { Clock } from '@overlay/overlayd';
import type { StorePlace } from './model/place.js';
import { ModelStore } from './model/store.js';
import type { Mutation, SimNode } from './sim-node.js';

/** Writes without comparing, as Flannel renews. */
class PlainPutStore extends ModelStore {
  protected override compared(): readonly [] {
    return [];
  }
}

/** Hands a sink on that is told other things than the daemon's own. */
class RetoldStore extends ModelStore {
  constructor(
    place: StorePlace,
    private readonly retell: (sink: LeaseSink) => Partial<LeaseSink>,
  ) {
    super(place);
  }

  override follow(sink: LeaseSink): Subscription {
    const same: LeaseSink = {
      snapshot: (snapshot) => sink.snapshot(snapshot),
      events: (events, revision) => sink.events(events, revision),
      config: (text) => sink.config(text),
      state: (state) => sink.state(state),
    };
    return super.follow({ ...same, ...this.retell(sink) });
  }
}

/** Never renews, and believes it did. */
class IdleStore extends ModelStore {
  override keepAlive(): Promise<number> {
    return Promise.resolve(60);
  }
}

/** Reads what the member has at hand (serializable), be it behind or not. */
class LocalStore extends ModelStore {
  protected override reads(): 'local' {
    return 'local';
  }
}

/** Stays with whatever member it reaches, be it cut off from the others or not: each of two precautions would notice. */
class LoneMemberStore extends LocalStore {
  protected override needsLeader(): boolean {
    return false;
  }
}

/** Watches from just the revision that it wants (etcd#19179). */
class EdgeStore extends ModelStore {
  protected override stepBack(): number {
    return 0;
  }
}

/** Goes on after a restore as if nothing had been. */
class OldEpochStore extends ModelStore {
  protected override noticesRestore(): boolean {
    return false;
  }
}

/** An error is taken for an empty answer. */
const emptyOnError = (sink: LeaseSink): Partial<LeaseSink> => ({
  state: (state) => {
    sink.state(state);
    if (!state.connected) sink.snapshot({ leases: [], revision: '999999' });
  },
});

/** Every list is believed at once. */
const believeAll = (sink: LeaseSink, node: SimNode): Partial<LeaseSink> => ({
  snapshot: (snapshot) => {
    sink.snapshot(snapshot);
    node.daemon?.book.releaseHold();
  },
});

/** One key that cannot be read, and nothing that came with it counts. */
const stopAtBadKey = (sink: LeaseSink): Partial<LeaseSink> => {
  const isBad = (name: string): boolean => !name.startsWith('10.');
  let isDeaf = false;
  return {
    snapshot: (snapshot) => {
      isDeaf ||= snapshot.leases.some(({ name }) => isBad(name));
      if (!isDeaf) sink.snapshot(snapshot);
    },
    events: (events, revision) => {
      isDeaf ||= events.some((event) => event.type === 'put' && isBad(event.lease.name));
      if (!isDeaf) sink.events(events, revision);
    },
  };
};

const retold = (retell: (sink: LeaseSink, node: SimNode) => Partial<LeaseSink>): Mutation => ({
  store: (place, node) => new RetoldStore(place, (sink) => retell(sink, node)),
});

/** Counts deadlines on a clock that stands still in a suspend. */
const monotonicOnly = (clock: Clock): Clock => ({
  monotonicMs: () => clock.monotonicMs(),
  bootMs: () => Math.round(clock.monotonicMs()),
  wallMs: () => clock.wallMs(),
  random: () => clock.random(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
  timer: (ms, run) => clock.timer(ms, run),
});

const kernelThat = (kernel: Kernel, other: Partial<Kernel>): Kernel => ({
  read: (ownership, desired) => kernel.read(ownership, desired),
  look: (ownership, desired) => kernel.look(ownership, desired),
  apply: (changes) => kernel.apply(changes),
  watch: (listener) => kernel.watch(listener),
  ...other,
});

/** Gives its firewall other subnets to fence than the daemon wants. */
const fencing = (firewall: Firewall, other: (traffic: OverlayTraffic) => readonly Prefix[]): Firewall => ({
  ensure: (input) => {
    const traffic = input.traffic.map((one) => ({ ...one, fenced: other(one) }));
    return firewall.ensure({ ...input, traffic } satisfies FirewallInput);
  },
  preview: (input) => firewall.preview(input),
  cleanup: (instance) => firewall.cleanup(instance),
  watch: (listener) => firewall.watch(listener),
});

/** What was fenced once stays so. */
function neverOpens(firewall: Firewall): Firewall {
  const fenced = new Map<string, Prefix>();
  return fencing(firewall, (traffic) => {
    for (const prefix of traffic.fenced ?? []) fenced.set(formatPrefix(prefix), prefix);
    return [...fenced.values()];
  });
}

/** Half of the Internet, as a hostile lease would have it. */
const WIDE: Change = {
  op: 'add',
  object: {
    type: 'route',
    destination: parsePrefix('128.0.0.0/1'),
    link: 'flannel.1',
    metric: 100,
    kind: 'unicast',
    onlink: true,
  },
};

function withoutARoute(actual: ActualState): ActualState {
  const [missing] = [...actual.objects].find(([, { type }]) => type === 'route') ?? [];
  return { ...actual, objects: new Map([...actual.objects].filter(([key]) => key !== missing)) };
}

/** Daemons with a known fault, to see which invariant notices: a simulation that misses one of these is broken itself. */
export const MUTANTS: Readonly<Record<string, Mutation>> = {
  'plain-put': { store: (place) => new PlainPutStore(place) },
  'local-reads-without-leader': { store: (place) => new LoneMemberStore(place) },
  'misses-restore': { store: (place) => new OldEpochStore(place) },
  'edge-of-history': { store: (place) => new EdgeStore(place) },
  'no-file-sync': { unsynced: 'files' },
  'no-folder-sync': { unsynced: 'folders' },
  'local-reads': { store: (place) => new LocalStore(place) },
  'no-renewal': { store: (place) => new IdleStore(place) },
  'empty-on-error': retold(emptyOnError),
  'no-hold-down': retold(believeAll),
  'stop-at-bad-key': retold(stopAtBadKey),
  'no-deadline': { clock: monotonicOnly },
  'obeys-hostile-lease': {
    kernel: (kernel) =>
      kernelThat(kernel, {
        apply: (changes) => kernel.apply(changes.length === 0 ? [] : [...changes, WIDE]),
      }),
  },
  'writes-again': {
    kernel: (kernel) =>
      kernelThat(kernel, { read: async (...input) => withoutARoute(await kernel.read(...input)) }),
  },
  'no-fence': { firewall: (firewall) => fencing(firewall, () => []) },
  'fences-itself': {
    firewall: (firewall) => fencing(firewall, ({ fenced = [], subnet }) => [...fenced, subnet]),
  },
  'never-opens-fence': { firewall: neverOpens },
  'leaves-routes': {
    kernel: (kernel) =>
      kernelThat(kernel, {
        apply: (changes) =>
          kernel.apply(changes.filter(({ op, object }) => op !== 'remove' || object.type !== 'route')),
      }),
  },
};

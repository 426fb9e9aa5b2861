/** What the endpoints of one list say of themselves. */

/**
 * The cluster to go by, of the ids with which endpoints answered just now (undefined: no answer), in the order of the list. The one known
 * so far stays as long as any endpoint is of it; another one takes its place only when more than half of the list is of that, which is a
 * store that was replaced. At the start the most frequent one counts, of two the one that comes first; until more than half of the list
 * was found to be of it (`isSure`) it may have been the wrong one that came up first, and gives way to the cluster that most are of.
 */
export function electCluster(
  known: string | undefined,
  answers: readonly (string | undefined)[],
  isSure: boolean,
): string | undefined {
  const counts = new Map<string, number>();
  for (const id of answers) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  const [[best, count] = [undefined, 0]] = [...counts].sort(([, a], [, b]) => b - a);
  if (known === undefined) return best;
  if (isSure && answers.includes(known)) return known;
  return isMost(count, answers) ? best : known;
}

/** Whether more answers could not change the choice. */
const isDecided = (
  known: string | undefined,
  answers: readonly (string | undefined)[],
  isSure: boolean,
): boolean => {
  if (isSure) return answers.includes(known);
  return answers.some(
    (id) => id !== undefined && isMost(answers.filter((one) => one === id).length, answers),
  );
};

const isMost = (count: number, list: readonly unknown[]): boolean => count * 2 > list.length;

/** Asks an endpoint for its cluster id; undefined when it does not answer. Never rejects. */
export type AskCluster = (endpoint: string) => Promise<string | undefined>;

/**
 * Which endpoints may be used: all of one cluster. One that belongs to another, be it by a mistake in the list or by a name that leads
 * elsewhere now, would look like a store that was restored without our leases (A18).
 */
export class Clusters {
  private known: string | undefined;
  private readonly strangers = new Map<string, string>();
  /** Endpoints that were of the known cluster when they last said. */
  private readonly members = new Set<string>();
  /** More than half of the list were of the known cluster at one time. */
  private isSure = false;
  private told: string | undefined;
  private survey: Promise<void> | undefined;

  constructor(
    private readonly endpoints: readonly string[],
    private readonly ask: AskCluster,
    /** Which endpoints are of another cluster changed; undefined when none is. */
    private readonly onStrangers: (message: string | undefined) => void,
  ) {}

  /** With one endpoint there is nothing to compare: another id is a store that was replaced. */
  get several(): boolean {
    return this.endpoints.length > 1;
  }

  /** Whether to use an endpoint that answers with this cluster id. Asks the others before it says no, and at the start. */
  async admits(endpoint: string, id: string): Promise<boolean> {
    if (!this.several) return true;
    if (id !== this.known) {
      this.survey ??= this.lookAround(endpoint, id).finally(() => (this.survey = undefined));
      await this.survey;
    }
    this.note(endpoint, id);
    return id === this.known;
  }

  /** Whether this is the cluster to go by. */
  isOurs(id: string): boolean {
    return !this.several || id === this.known;
  }

  /** Asks the endpoints that are not used whether they are of our cluster, and those that never said while the choice is not sure. */
  async askUnused(): Promise<void> {
    const isOpen = (endpoint: string): boolean =>
      this.strangers.has(endpoint) || !(this.isSure || this.members.has(endpoint));
    if (this.known === undefined) return;
    for (const endpoint of this.endpoints.filter(isOpen)) await this.askAgain(endpoint);
  }

  /** Asks an endpoint that is left for another one: nobody else would see that it is of another cluster now. */
  async askAgain(endpoint: string): Promise<void> {
    const id = this.several ? await this.ask(endpoint) : undefined;
    if (id === undefined || this.known === undefined) return;
    if (this.isSure) this.note(endpoint, id);
    else await this.admits(endpoint, id);
  }

  /** Why an endpoint is not used. */
  reason(id: string): string {
    return `it is a member of cluster ${hex(id)}, the others of ${hex(this.known ?? '')}: take it out of the list of endpoints, or correct it`;
  }

  /** Asks all but the endpoint that has just answered. */
  private lookAround(asker: string, its: string): Promise<void> {
    const answers = this.endpoints.map((endpoint) => (endpoint === asker ? its : undefined));
    return new Promise((resolve) => {
      let open = answers.length;
      const answered = (index: number, id: string | undefined): void => {
        answers[index] = id;
        open -= 1;
        if (open > 0 && !isDecided(this.known, answers, this.isSure)) return;
        this.goBy(electCluster(this.known, answers, this.isSure));
        // What comes after the choice is noted all the same.
        for (const [at, one] of answers.entries())
          if (one !== undefined) this.note(this.endpoints[at] ?? '', one);
        resolve();
      };
      for (const [index, endpoint] of this.endpoints.entries())
        if (endpoint === asker) answered(index, its);
        else void this.ask(endpoint).then((id) => answered(index, id));
    });
  }

  private goBy(elected: string | undefined): void {
    if (elected === this.known) return;
    this.known = elected;
    this.members.clear();
    this.isSure = false;
  }

  private note(endpoint: string, id: string): void {
    if (id === this.known) {
      this.strangers.delete(endpoint);
      this.members.add(endpoint);
      this.isSure ||= isMost(this.members.size, this.endpoints);
    } else {
      this.strangers.set(endpoint, id);
      this.members.delete(endpoint);
    }
    const message = this.message();
    if (message === this.told) return;
    this.told = message;
    this.onStrangers(message);
  }

  private message(): string | undefined {
    const [first] = this.strangers;
    if (first === undefined) return undefined;
    const [endpoint, id] = first;
    const more = this.strangers.size > 1 ? ` (and ${this.strangers.size - 1} more)` : '';
    return `etcd at ${endpoint}${more} is not used: ${this.reason(id)}`;
  }
}

/** As etcdctl prints them. */
const hex = (id: string): string => (/^\d+$/.test(id) ? BigInt(id).toString(16) : id);

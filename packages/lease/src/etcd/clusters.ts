/** What the endpoints of one list say of themselves. */

/**
 * The cluster to go by, of the ids with which endpoints answered just now (undefined: no answer), in the order of the list. The one known
 * so far stays as long as any endpoint is of it; another one takes its place only when more than half of the list is of that, which is a
 * store that was replaced. At the start the most frequent one counts, of two the one that comes first.
 */
export function electCluster(
  known: string | undefined,
  answers: readonly (string | undefined)[],
): string | undefined {
  if (known !== undefined && answers.includes(known)) return known;
  const counts = new Map<string, number>();
  for (const id of answers) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  const [[best, count] = [undefined, 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return known === undefined || count * 2 > answers.length ? best : known;
}

/** Whether more answers could not change the choice. */
const isDecided = (known: string | undefined, answers: readonly (string | undefined)[]): boolean => {
  if (known !== undefined) return answers.includes(known);
  return answers.some(
    (id) => id !== undefined && answers.filter((one) => one === id).length * 2 > answers.length,
  );
};

/** Asks an endpoint for its cluster id; undefined when it does not answer. Never rejects. */
export type AskCluster = (endpoint: string) => Promise<string | undefined>;

/**
 * Which endpoints may be used: all of one cluster. One that belongs to another, be it by a mistake in the list or by a name that leads
 * elsewhere now, would look like a store that was restored without our leases (A18).
 */
export class Clusters {
  private known: string | undefined;
  private readonly strangers = new Map<string, string>();
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

  /** Asks the endpoints that are not used whether they are of our cluster by now. */
  async askStrangers(): Promise<void> {
    for (const endpoint of [...this.strangers.keys()]) await this.askAgain(endpoint);
  }

  /** Asks an endpoint that is left for another one: nobody else would see that it is of another cluster now. */
  async askAgain(endpoint: string): Promise<void> {
    const id = this.several ? await this.ask(endpoint) : undefined;
    if (id !== undefined && this.known !== undefined) this.note(endpoint, id);
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
        if (open > 0 && !isDecided(this.known, answers)) return;
        this.known = electCluster(this.known, answers);
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

  private note(endpoint: string, id: string): void {
    const before = this.strangers.get(endpoint);
    if (id === this.known) this.strangers.delete(endpoint);
    else this.strangers.set(endpoint, id);
    if (before !== this.strangers.get(endpoint)) this.onStrangers(this.message());
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

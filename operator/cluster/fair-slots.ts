export interface FairSlotsOptions {
  /** Jobs that run at the same time. */
  readonly total: number;
  /** Of those, jobs of one group. Less than `total`, so that no group can hold every slot. */
  readonly perGroup: number;
}

interface Group {
  readonly waiting: (() => Promise<void>)[];
  running: number;
  /** The group with the lowest turn is served next. Counts up with each job that starts. */
  turn: number;
}

/**
 * Slots that groups, such as namespaces, share fairly: a group has at most `perGroup` of them, and the groups take turns,
 * however many jobs one of them brings (start-time fair queueing). Within a group the jobs run in the order of arrival.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  readonly #groups = new Map<string, Group>();
  #running = 0;
  /** Turn of the job that was started last: a group that comes later begins here and not at zero. */
  #turn = 0;
  #isClosed = false;

  constructor(options: FairSlotsOptions) {
    this.#options = options;
  }

  /** Runs the job when its group's turn comes. A job that throws gives its slot back all the same. */
  run<T>(name: string, job: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#isClosed) return promise;
    const group = this.#groups.get(name) ?? { waiting: [], running: 0, turn: 0 };
    this.#groups.set(name, group);
    if (group.waiting.length === 0) group.turn = Math.max(group.turn, this.#turn);
    group.waiting.push(() => job().then(resolve, reject));
    this.#startMore();
    return promise;
  }

  /** Drops the jobs that wait, whose promises stay pending, and takes no more. */
  close(): void {
    this.#isClosed = true;
    this.#groups.clear();
  }

  #startMore(): void {
    while (this.#running < this.#options.total) {
      const group = this.#nextGroup();
      const job = group?.waiting.shift();
      if (!group || !job) return;
      this.#turn = Math.max(this.#turn, group.turn);
      group.turn += 1;
      group.running += 1;
      this.#running += 1;
      void job().finally(() => {
        group.running -= 1;
        this.#running -= 1;
        this.#startMore();
      });
    }
  }

  #nextGroup(): Group | undefined {
    let next: Group | undefined;
    for (const [name, group] of this.#groups) {
      if (group.waiting.length === 0) {
        // At rest, and not ahead of the others: a new one would be the same.
        if (group.running === 0 && group.turn <= this.#turn) this.#groups.delete(name);
      } else if (group.running < this.#options.perGroup && (!next || group.turn < next.turn)) next = group;
    }
    return next;
  }
}

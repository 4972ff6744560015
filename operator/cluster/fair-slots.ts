export interface FairSlotsOptions {
  /** Jobs that run at the same time. */
  readonly total: number;
  /** Of those, jobs of one group. Less than `total`, so that no group can hold every slot. */
  readonly perGroup: number;
  /** Slots that no slow group may take, so that the others find one soon. Default 0. */
  readonly notForSlow?: number;
}

interface Group {
  readonly waiting: (() => Promise<void>)[];
  running: number;
  /** The group with the lowest turn is served next. Counts up with each job that starts. */
  turn: number;
  /** By `performance.now()`: the group is slow until then. */
  slowUntil: number;
}

/** For how long a group that ran into a limit counts as slow. */
const slowMilliseconds = 10 * 60_000;

/**
 * Slots that groups, such as namespaces, share fairly: a group has at most `perGroup` of them, and the groups take turns,
 * however many jobs one of them brings (start-time fair queueing). Within a group the jobs run in the order of arrival.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  readonly #groups = new Map<string, Group>();
  #running = 0;
  #runningSlow = 0;
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
    const group = this.#groups.get(name) ?? newGroup();
    this.#groups.set(name, group);
    if (group.waiting.length === 0) group.turn = Math.max(group.turn, this.#turn);
    group.waiting.push(() => job().then(resolve, reject));
    this.#startMore();
    return promise;
  }

  /** The group's jobs run into limits: for some minutes it takes none of the slots that are kept from slow groups. */
  markSlow(name: string): void {
    const group = this.#groups.get(name) ?? newGroup();
    this.#groups.set(name, group);
    group.slowUntil = performance.now() + slowMilliseconds;
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
      const slow = isSlow(group) ? 1 : 0;
      group.running += 1;
      this.#running += 1;
      this.#runningSlow += slow;
      void job().finally(() => {
        group.running -= 1;
        this.#running -= 1;
        this.#runningSlow -= slow;
        this.#startMore();
      });
    }
  }

  #nextGroup(): Group | undefined {
    const { total, perGroup, notForSlow = 0 } = this.#options;
    const isFullForSlow = this.#runningSlow >= total - notForSlow;
    let next: Group | undefined;
    for (const [name, group] of this.#groups) {
      if (group.waiting.length === 0) {
        // At rest, and not ahead of the others: a new one would be the same.
        if (group.running === 0 && group.turn <= this.#turn && !isSlow(group)) this.#groups.delete(name);
      } else if (group.running >= perGroup || (isFullForSlow && isSlow(group))) continue;
      else if (!next || group.turn < next.turn) next = group;
    }
    return next;
  }
}

function newGroup(): Group {
  return { waiting: [], running: 0, turn: 0, slowUntil: 0 };
}

function isSlow({ slowUntil }: Group): boolean {
  return slowUntil > performance.now();
}

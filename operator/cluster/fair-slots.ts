export interface FairSlotsOptions {
  /** Jobs that run at the same time. */
  readonly total: number;
  /** Of those, jobs of one group. Less than `total`, so that no group can hold every slot. */
  readonly perGroup: number;
  /** Groups may be slow. Default: none is. */
  readonly slow?: SlowGroups;
  /** Monotonic, in milliseconds. Default: the process's own. */
  readonly clock?: () => number;
}

/**
 * A group is slow for ten minutes after one of its jobs took much CPU time or ran into a limit, and after three failed in a row until one
 * succeeds. What slow groups bring must not delay the others.
 */
export interface SlowGroups {
  /** Slots that they may take together. */
  readonly slots: number;
  /**
   * A job that takes more makes its group slow, and may be ended for one of another group: it comes again later. The time on the clock
   * does not count, as a busy node would make everybody slow. Default: no job takes too much.
   */
  readonly afterCpuSeconds?: number;
  /** Whether a job ran into a limit, which makes its group slow at once. */
  readonly isLimit: (error: unknown) => boolean;
  /** The group that is never slow. */
  readonly except: string;
}

/** What a job is given. */
export interface Turn {
  readonly isSlow: boolean;
  /** The group has more jobs that wait: it is served for long, whatever this one takes. */
  readonly hasMore: boolean;
  /** Aborted when others need the slot more: the job ends at once, and comes again later. */
  readonly signal: AbortSignal;
  /** The job says now and then how much CPU time it has taken. */
  readonly onCpuSeconds: (cpuSeconds: number) => void;
}

type Job = (turn: Turn) => Promise<void>;

interface Group {
  readonly name: string;
  readonly waiting: Job[];
  running: number;
  /** The group with the lowest turn is served next. Counts up with each job, and with each second above the first that it takes. */
  turn: number;
  /** By the clock, as is the next: the group is slow until then. */
  slowUntil: number;
  /** What its jobs did is remembered until then. */
  knownUntil: number;
  /** Jobs that failed since one succeeded. */
  failures: number;
}

interface Run {
  readonly group: Group;
  readonly job: Job;
  readonly preempt: AbortController;
}

const slowMilliseconds = 10 * 60_000;
const failuresMax = 3;

/**
 * Slots that groups, such as namespaces, share fairly: a group has at most `perGroup` of them, and the groups take turns, however
 * many jobs one of them brings and however long they take (start-time fair queueing). Within a group the jobs run in the order of
 * arrival.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  readonly #groups = new Map<string, Group>();
  readonly #clock: () => number;
  readonly #runs = new Set<Run>();
  /** Turn of the job that was started last: a group that comes later begins here and not at zero. */
  #turn = 0;
  #isClosed = false;

  constructor(options: FairSlotsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /** Runs the job when its group's turn comes. A job that throws gives its slot back all the same. */
  run<T>(name: string, job: (turn: Turn) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#isClosed) return promise;
    const group = this.#groups.get(name) ?? newGroup(name);
    this.#groups.set(name, group);
    if (group.waiting.length === 0) group.turn = Math.max(group.turn, this.#turn);
    const attempt = (turn: Turn): Promise<void> =>
      job(turn).then(
        (result) => {
          group.failures = 0;
          resolve(result);
        },
        (error: unknown) => {
          if (turn.signal.aborted) group.waiting.unshift(attempt);
          else {
            this.#countFailure(group, error);
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
      );
    group.waiting.push(attempt);
    this.#startMore();
    return promise;
  }

  markSlow(name: string): void {
    if (name === this.#options.slow?.except) return;
    this.#known(this.#groups.get(name) ?? newGroup(name)).slowUntil = this.#clock() + slowMilliseconds;
  }

  /** Drops the jobs that wait, whose promises stay pending, and takes no more. */
  close(): void {
    this.#isClosed = true;
    this.#groups.clear();
  }

  /** Jobs that fail take the time of others for nothing. */
  #countFailure(group: Group, error: unknown): void {
    const { slow } = this.#options;
    if (!slow || group.name === slow.except) return;
    this.#known(group).failures += 1;
    if (slow.isLimit(error)) this.markSlow(group.name);
  }

  /** The group, which is remembered for some time from now on. */
  #known(group: Group): Group {
    if (!this.#isAhead(group.knownUntil)) group.failures = 0;
    group.knownUntil = this.#clock() + slowMilliseconds;
    this.#groups.set(group.name, group);
    return group;
  }

  #isAhead(time = -Infinity): boolean {
    return time > this.#clock();
  }

  #isSlow({ slowUntil, knownUntil, failures }: Group): boolean {
    return this.#isAhead(slowUntil) || (failures >= failuresMax && this.#isAhead(knownUntil));
  }

  #startMore(): void {
    while (this.#runs.size < this.#options.total) {
      const group = this.#nextGroup();
      const job = group?.waiting.shift();
      if (!group || !job) return;
      this.#start(group, job);
    }
    this.#makeRoom();
  }

  #start(group: Group, job: Job): void {
    this.#turn = Math.max(this.#turn, group.turn);
    group.turn += 1;
    group.running += 1;
    const run: Run = { group, job, preempt: new AbortController() };
    this.#runs.add(run);
    const began = this.#clock();
    const cpuSecondsMax = this.#options.slow?.afterCpuSeconds ?? Infinity;
    const onCpuSeconds = (cpuSeconds: number) => {
      if (cpuSeconds > cpuSecondsMax && !this.#isSlow(group)) this.#tookLong(group);
    };
    const terms = { isSlow: this.#isSlow(group), hasMore: group.waiting.length > 0 };
    void job({ ...terms, signal: run.preempt.signal, onCpuSeconds }).finally(() => {
      this.#runs.delete(run);
      group.running -= 1;
      group.turn += Math.max(0, (this.#clock() - began) / 1000 - 1);
      this.#startMore();
    });
  }

  #tookLong({ name }: Group): void {
    this.markSlow(name);
    this.#makeRoom();
  }

  /** Ends the newest job above the slots of slow groups, which became slow while they ran, if another group waits for its slot. */
  #makeRoom(): void {
    const { total, slow } = this.#options;
    if (!slow || this.#runs.size < total) return;
    const ofSlow = [...this.#runs].filter(({ group }) => this.#isSlow(group));
    const isWaitedFor = [...this.#groups.values()].some(
      (group) => !this.#isSlow(group) && this.#mayStart(group),
    );
    if (ofSlow.length > slow.slots && isWaitedFor) ofSlow.at(-1)?.preempt.abort();
  }

  #nextGroup(): Group | undefined {
    let next: Group | undefined;
    for (const [name, group] of this.#groups) {
      // At rest, and not ahead of the others: a new one would be the same.
      const isAtRest = group.waiting.length === 0 && group.running === 0 && group.turn <= this.#turn;
      if (isAtRest && !this.#isAhead(group.knownUntil)) this.#groups.delete(name);
      else if (this.#mayStart(group) && (!next || group.turn < next.turn)) next = group;
    }
    return next;
  }

  #mayStart(group: Group): boolean {
    const { perGroup, slow } = this.#options;
    if (group.waiting.length === 0 || group.running >= perGroup) return false;
    if (!slow || !this.#isSlow(group)) return true;
    return [...this.#runs].filter((run) => this.#isSlow(run.group)).length < slow.slots;
  }
}

function newGroup(name: string): Group {
  const times = { slowUntil: -Infinity, knownUntil: -Infinity };
  return { name, waiting: [], running: 0, turn: 0, failures: 0, ...times };
}

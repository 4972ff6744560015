import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../api/errors.ts';
import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { microTime } from './events.ts';
import { collectionPath, objectPath } from './kinds.ts';
import { timeoutSignal } from './timeout-signal.ts';

/** client-go's own times, in seconds. */
export interface LeaseTimes {
  /** How long others wait, from the last renewal that they saw, before they take over. */
  readonly duration: number;
  /** After so long without a renewal the leader steps down; shorter than `duration`, so that there are never two. */
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

const usualTimes: LeaseTimes = { duration: 15, renewDeadline: 10, retryPeriod: 2 };

export interface LeaderOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique per process. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  /** Called once, when the lease is ours. */
  readonly elected: () => void;
  /** Called once, when it is no longer: whoever led must end, as another one leads now. */
  readonly lost: (reason: string) => void;
}

export interface Leadership extends AsyncDisposable {
  /** Whether the lease is ours and its renewal is not late: a process that was stopped does not lead when it wakes up. */
  isLeader(): boolean;
}

interface Lease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Stands for election until disposed, which gives the lease back so that the next one need not wait for its end. */
export function standForElection(client: ClusterClient, options: LeaderOptions): Leadership {
  const candidate = new Candidate(client, options);
  const ended = candidate.run();
  return {
    isLeader: () => candidate.isLeader(),
    async [Symbol.asyncDispose]() {
      candidate.stop();
      await ended;
      await candidate.release();
    },
  };
}

class Candidate {
  #leads = false;
  readonly #client: ClusterClient;
  readonly #options: LeaderOptions;
  readonly #times: LeaseTimes;
  readonly #stopped = new AbortController();
  /** Another holder's lease as last seen, and since when by our own clock: clocks of two machines are not compared. */
  #seen: { readonly resourceVersion: string; readonly since: number } | undefined;
  #renewedAt = 0;
  #lastProblem = '';
  #isTaken = false;

  constructor(client: ClusterClient, options: LeaderOptions) {
    this.#client = client;
    this.#options = options;
    this.#times = options.times ?? usualTimes;
  }

  stop(): void {
    this.#stopped.abort();
  }

  isLeader(): boolean {
    return this.#leads && this.#secondsToDeadline() > 0;
  }

  async run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const began = performance.now();
      const holds = await this.#try();
      if (holds) {
        // From before the request: others count from when the server took it, which is later.
        this.#renewedAt = began;
        if (!this.#leads) {
          this.#leads = true;
          this.#options.elected();
        }
      } else if (this.#leads && (this.#isTaken || this.#secondsToDeadline() <= 0)) {
        this.#leads = false;
        this.#options.lost(`Lease ${this.#options.name} could not be renewed: ${this.#lastProblem}`);
        return;
      }
      await sleep(this.#times.retryPeriod * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  async release(): Promise<void> {
    if (!this.#leads) return;
    this.#leads = false;
    const lease = await this.#read().catch(() => undefined);
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(new Date()),
    };
    await this.#write({ ...lease, spec }).catch(() => undefined);
  }

  async #try(): Promise<boolean> {
    try {
      return await this.#acquireOrRenew();
    } catch (error) {
      this.#lastProblem = messageOf(error);
      return false;
    }
  }

  async #acquireOrRenew(): Promise<boolean> {
    const lease = await this.#read();
    if (!lease) {
      await this.#create();
      return true;
    }
    const { holderIdentity = '' } = lease.spec;
    const isOurs = holderIdentity === this.#options.identity;
    this.#isTaken = !isOurs && holderIdentity !== '' && !this.#hasExpired(lease);
    if (this.#isTaken) {
      this.#lastProblem = `"${holderIdentity}" holds it`;
      return false;
    }
    await this.#write({ ...lease, spec: this.#spec(isOurs ? lease : undefined, lease) });
    return true;
  }

  /** By the lease's own duration: another version of the operator may use another. */
  #hasExpired({ metadata, spec }: Lease): boolean {
    if (this.#seen?.resourceVersion !== metadata.resourceVersion) {
      this.#seen = { resourceVersion: metadata.resourceVersion, since: performance.now() };
    }
    const seconds = spec.leaseDurationSeconds ?? this.#times.duration;
    return performance.now() - this.#seen.since > seconds * 1000;
  }

  #spec(own: Lease | undefined, former: Lease | undefined): Lease['spec'] {
    const now = microTime(new Date());
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: this.#times.duration,
      acquireTime: own?.spec.acquireTime ?? now,
      renewTime: now,
      leaseTransitions: (former?.spec.leaseTransitions ?? 0) + (own || !former ? 0 : 1),
    };
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#client.json<Lease>({ path: this.#path, signal: this.#signal });
    } catch (error) {
      if (hasCode(error, 404)) return undefined;
      throw error;
    }
  }

  async #create(): Promise<void> {
    const { namespace, name } = this.#options;
    await this.#client.json({
      method: 'POST',
      path: collectionPath('Lease', namespace),
      body: {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec: this.#spec(undefined, undefined),
      },
      signal: this.#signal,
    });
  }

  /** Refused by the server if another one wrote since we read: the resourceVersion goes with it. */
  async #write(lease: Lease): Promise<void> {
    await this.#client.json({ method: 'PUT', path: this.#path, body: lease, signal: this.#signal });
  }

  get #path(): string {
    const { namespace, name } = this.#options;
    return objectPath({ kind: 'Lease', namespace, name });
  }

  #secondsToDeadline(): number {
    return this.#times.renewDeadline - (performance.now() - this.#renewedAt) / 1000;
  }

  /** A request that hangs must not outlast the deadline. */
  get #signal(): AbortSignal {
    const seconds = this.#leads ? Math.max(this.#secondsToDeadline(), 0.1) : this.#times.renewDeadline;
    return timeoutSignal(seconds);
  }
}

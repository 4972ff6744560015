/** What a step of a rollout wants to have measured before the rollout continues. Plain data. */
export interface GateQuestion {
  readonly revision: string;
  /** Undefined: the other pods have no filter. */
  readonly stableRevision: string | undefined;
  /** The step, in the words of the status: `Canary 1 of 2`. */
  readonly step: string;
  /** When the step began, RFC 3339. Another step, or another attempt at one, has another time. */
  readonly since: string;
  /** Pods that run the revision, in any order. */
  readonly canaryPods: readonly string[];
  /** Selected pods that do not. */
  readonly stablePods: readonly string[];
}

/** What was measured of one agent's gates for a step; empty until the first answers. */
export interface GateSamples {
  /** `since` of the question that was answered. */
  readonly since: string;
  /**
   * Since when it is measured without a gap, RFC 3339. Another time: by an operator that started in between, which knows nothing of
   * what was measured before.
   */
  readonly measuredSince: string;
  /** By the gate's name. */
  readonly byGate: ReadonlyMap<string, GateSample>;
}

export type GateSample = ProxiesSample | PrometheusSample | WebhookSample;

interface Measured {
  /** When the last attempt to measure ended. Milliseconds since the epoch. */
  readonly at: number;
  /** Why that attempt has no result; undefined if it has one. */
  readonly problem: string | undefined;
}

/** What the proxies counted since the step began. */
export interface ProxiesSample extends Measured {
  readonly kind: 'Proxies';
  readonly canary: ProxyTotals;
  readonly stable: ProxyTotals;
}

/** Sums over pods. A pod that is gone keeps its part. */
export interface ProxyTotals {
  readonly requests: number;
  /** Of these, answered with 5xx or not at all. */
  readonly failedRequests: number;
  /** Of our own filter, like the following; 0 where it does not run. */
  readonly lookups: number;
  readonly failedLookups: number;
  readonly recordings: number;
  readonly droppedRecordings: number;
  /** Proxies that were started again while they were looked at. */
  readonly restarts: number;
}

export interface PrometheusSample extends Measured {
  readonly kind: 'Prometheus';
  /** The last results, at most `failureLimit`, oldest first. */
  readonly values: readonly number[];
}

export interface WebhookSample extends Measured {
  readonly kind: 'Webhook';
  /** HTTP status of the last answer; undefined: none came. */
  readonly status: number | undefined;
}

/** What a gate has to say about a step. Only Pass lets it continue; missing data is Inconclusive. */
export interface GateResult {
  readonly name: string;
  readonly verdict: 'Pass' | 'Fail' | 'Inconclusive';
  /** What was measured, and what it is compared with; for people. */
  readonly value?: string;
  readonly limit?: string;
  readonly message: string;
}

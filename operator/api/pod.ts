import type { Side } from './revision.ts';

export interface Pod {
  readonly name: string;
  readonly uid: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly node: string | undefined;
  /** Key of its workload, see `workloadKey`. */
  readonly workload: string;
  /** Value of its revision label. */
  readonly revision: string | undefined;
  /** What the pod template gave it when it was created: another one where its label was changed since. */
  readonly templateRevision: string | undefined;
  /** Its kubelet reports that a container of it has run. */
  readonly hasStarted: boolean;
  readonly isReady: boolean;
  /** Milliseconds since the epoch; undefined if it is not ready. */
  readonly readySince: number | undefined;
  /** When its proxy was last made to fetch the module again. Milliseconds since the epoch. */
  readonly refetchedAt: number | undefined;
  readonly verification: Verification;
  /** When its proxy was asked for that. Milliseconds since the epoch; undefined if it was not. */
  readonly askedAt: number | undefined;
  /** Since when its proxy is asked for that revision. Milliseconds since the epoch; undefined if it is not. */
  readonly askedSince: number | undefined;
  /** When its proxy last answered that Istio's agent has loaded every module of any author. Milliseconds since the epoch. */
  readonly modulesLoadedAt?: number | undefined;
  /** Its proxy refused a module that may be another author's, see `rollout/doubtful-refusals.ts`. */
  readonly isRefusalDoubtful?: boolean;
  /** How its filter reaches the backend; undefined until it has sent something, and for a module without that statistic. */
  readonly backend?: BackendUse | undefined;
}

export type Verification =
  /** The proxy's statistics prove that requests run in the revision. */
  | { readonly state: 'Verified' }
  /** The proxy has loaded the revision's module. Whether requests run in it, its statistics cannot show. */
  | { readonly state: 'Loaded'; readonly message: string }
  /** The operator cannot ask the proxies of this cluster, or is not to: the pod's readiness counts. */
  | { readonly state: 'Unverified'; readonly message: string }
  /** The proxy says that it does not run the revision. */
  | { readonly state: 'NotVerified'; readonly message: string; readonly cause: Cause }
  /** No answer from the proxy yet, or none now. */
  | { readonly state: 'Unknown'; readonly message: string };

/** Why a proxy does not run a revision. */
export type Cause =
  /** Istio's agent refused the module; waiting will not help. */
  | 'Refused'
  /** Istio's agent could not download it, and will not try again by itself. */
  | 'NotFetched'
  /** Envoy has the plug-in, but the filter is not configured in each thread: not yet, or it failed. */
  | 'NotConfigured'
  /** The filter ran, and trapped since: a virtual machine of the proxy no longer runs it. */
  | 'Stopped'
  /** The filter traps again and again; Envoy reloads it each time. */
  | 'Reloading'
  /** The statistics do not show why. */
  | 'Unclear';

/** Whether the pod counts as one that runs its revision, as far as this cluster lets the operator know. */
export function countsAsRunning({ state }: Verification): boolean {
  return state === 'Verified' || state === 'Loaded' || state === 'Unverified';
}

/** `pod NAME: MESSAGE` */
export function verificationText({ name, verification }: Pick<Pod, 'name' | 'verification'>): string {
  return `pod ${name}: ${verification.state === 'Verified' ? 'verified' : verification.message}`;
}

/** One plug-in that a proxy is to run. */
export interface ExpectedPlugin {
  /** `namespace.name` of its Istio resource, which is its name in Envoy. */
  readonly name: string;
  readonly side: Side;
}

/** What became of most calls of a filter to the backend, in the last interval in which it made any. */
export type BackendUse =
  | 'Answered'
  /** No connection, no answer in time, or recordings that no retry delivered. */
  | 'Unanswered'
  /** Status 401 or 403. */
  | 'Unauthorized'
  /** Another error, or a message that cannot be read. */
  | 'Failing'
  /** Lookups are answered, or there are none; recordings are not accepted. */
  | 'Dropping';

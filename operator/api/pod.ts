export interface Pod {
  readonly name: string;
  /** Key of its workload, see `workloadKey`. */
  readonly workload: string;
  readonly revision: string | undefined;
  readonly isReady: boolean;
  /** Milliseconds since the epoch; undefined if it is not ready. */
  readonly readySince: number | undefined;
  /** When its proxy was last told to fetch the module again. Milliseconds since the epoch. */
  readonly refetchedAt: number | undefined;
  readonly verification: Verification;
  /** When its proxy was asked for that. Milliseconds since the epoch; undefined if it was not. */
  readonly askedAt: number | undefined;
}

export type Verification =
  | { readonly state: 'Verified' }
  /** The proxy says that it does not run the revision. */
  | { readonly state: 'NotVerified'; readonly message: string; readonly cause: Cause }
  /** No answer from the proxy, or not asked. */
  | { readonly state: 'Unknown'; readonly message: string };

/** Why a proxy does not run a revision. */
export type Cause =
  /** Istio's agent refused the module; waiting will not help. */
  | 'Refused'
  /** Istio's agent could not download it, and will not try again by itself. */
  | 'NotFetched'
  /** Istio's agent handed a module over, but the filter is not configured: not yet, or it failed. */
  | 'NotConfigured'
  /** The statistics do not tell. */
  | 'Unclear';

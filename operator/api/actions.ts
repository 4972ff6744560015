import type { GateQuestion, GateResult } from './gates.ts';
import type { Problem } from './problem.ts';
import type { OwnedResource, Resource } from './resource.ts';
import type { Revision, RevisionData, RevisionFailure } from './revision.ts';
import type { AgentIdentity } from './snapshot.ts';
import type { RolloutMemory } from './rollout-memory.ts';
import type { OwnField, WorkloadStep } from './workload.ts';
import type { SpAgent, SpAgentSpec } from './schema.ts';
import type { SpAgentStatus } from './status-schema.ts';

/** What is to be done. Each action is idempotent, so that a run that was cut off anywhere is finished by the next. */
export type Action =
  | {
      readonly kind: 'SetFinalizers';
      readonly finalizers: readonly string[];
      /** Of the agent: the API server refuses the change if somebody else's finalizer came meanwhile. */
      readonly resourceVersion: AgentIdentity['resourceVersion'];
    }
  /** Asks the filter itself whether it accepts a configuration. The next run sees the answer. */
  | {
      readonly kind: 'CheckConfiguration';
      readonly agent: SpAgent;
      readonly revision: Pick<Revision, 'id' | 'data'>;
    }
  | {
      readonly kind: 'CreateRevision';
      readonly revision: Revision;
      /** Kept with it, for people who want to go back. */
      readonly agentSpec: SpAgentSpec;
    }
  | { readonly kind: 'MarkStable'; readonly revisionId: string; readonly since: string }
  | { readonly kind: 'MarkFailed'; readonly revisionId: string; readonly failure: RevisionFailure }
  /** The failed revision may be tried again: its failure and memory are replaced. */
  | { readonly kind: 'ClearFailure'; readonly revisionId: string; readonly memory: RolloutMemory }
  /** Removes the request to retry, and one to abort that came before it. */
  | { readonly kind: 'AcknowledgeRetry' }
  /** Removes the request to promote, unless the agent has changed since it was read. */
  | { readonly kind: 'AcknowledgePromotion'; readonly resourceVersion: AgentIdentity['resourceVersion'] }
  | { readonly kind: 'Remember'; readonly revisionId: string; readonly memory: RolloutMemory }
  | ({ readonly kind: 'DeleteRevision'; readonly revisionId: string } & Collected)
  | { readonly kind: 'Apply'; readonly resource: Resource }
  | ({ readonly kind: 'Prune'; readonly resource: Pick<OwnedResource, 'kind' | 'name'> } & Collected)
  | {
      readonly kind: 'SetWorkloadRevision';
      readonly workload: WorkloadReference;
      readonly step: WorkloadStep;
      /** Of the step's revision: keys that its proxies need. */
      readonly publicKey: RevisionData['publicKey'];
      readonly hasRedactionKey: boolean;
    }
  /** Makes fields of ours that an edit owns ours again, as they are. */
  | {
      readonly kind: 'AdoptEdits';
      readonly workload: WorkloadReference;
      readonly fields: readonly OwnField[];
      /** Given for the template's label: only if it still names this one. */
      readonly revision: string | undefined;
    }
  /** Moves running pods to a revision, without a restart; undefined: to none. */
  | {
      readonly kind: 'LabelPods';
      readonly pods: readonly PodReference[];
      readonly revision: string | undefined;
    }
  /** Makes istiod push to the pod's proxy, whose agent then fetches what it lacks. `at`: Unix seconds. */
  | { readonly kind: 'RefetchModule'; readonly podName: string; readonly at: number }
  | ({ readonly kind: 'Event'; readonly type: 'Normal' | 'Warning' } & Problem);

interface Collected {
  /**
   * The agent is being deleted, so that the garbage collector deletes what it owns: the operator leaves it where it no longer has the
   * right, as in a namespace that is being deleted with the operator's RoleBinding.
   */
  readonly isCollected?: boolean;
}

/** The uid keeps a workload that was deleted meanwhile from being created again by a patch. */
export interface WorkloadReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The uid keeps a pod of the same name that was created meanwhile from being labelled. */
export interface PodReference {
  readonly name: string;
  readonly uid: string;
}

/** What follows from an observation. */
export interface Decision {
  /**
   * Lists that do not depend on each other: all of them are executed, one after the other. Within a list, the first action that
   * fails ends it.
   */
  readonly actions: readonly (readonly Action[])[];
  /** Undefined: the status stays as it is. */
  readonly status: SpAgentStatus | undefined;
  /** What is to be measured for the gates of the step in progress. */
  readonly question: GateQuestion | undefined;
  /** Seconds until the agent is looked at again if nothing happens before; undefined: an event will do. */
  readonly nextLook: number | undefined;
}

/** A rollout's next actions, and where it stands. */
export interface RolloutPlan {
  readonly actions: readonly Action[];
  readonly progress: RolloutProgress;
  /** Workload (`Deployment/checkout`) → why the operator does not restart it. */
  readonly skipped: ReadonlyMap<string, Problem>;
  /** Seconds until a deadline must be looked at again; undefined: an event will do. */
  readonly nextLook: number | undefined;
}

/** Where a rollout stands. Its message names workloads and pods, and has no counters of time. */
export interface RolloutProgress extends Problem {
  readonly state:
    'NoWorkloads' | 'Waiting' | 'Progressing' | 'Paused' | 'Held' | 'RollingBack' | 'RolledBack' | 'Complete';
  /** Revision that the workloads are to run now: the target, or the stable one after a failure; undefined: none. */
  readonly goal: string | undefined;
  readonly since: string | undefined;
  /** Undefined while no step is in progress. */
  readonly step: StepProgress | undefined;
}

/** Where the present step stands. Times instead of counters: it changes only when something happens. */
export interface StepProgress {
  /** `Wave 1 of 4` */
  readonly name: string;
  /** Of a canary step: pods that are to run the revision, and those of them that do. */
  readonly canary?: { readonly pods: number; readonly verified: number };
  /** It waits for somebody to promote it. */
  readonly needsApproval?: boolean;
  readonly gates: readonly GateResult[];
  /** What is to be measured for it; undefined while its pods do not run the revision. */
  readonly question: GateQuestion | undefined;
  /** When its bake is over, RFC 3339; undefined while it does not count. */
  readonly bakeUntil: string | undefined;
}

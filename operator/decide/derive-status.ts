import type { RolloutPlan } from '../api/actions.ts';
import { conditionsOf, type Finding, type Findings } from '../api/conditions.ts';
import type { Reason } from '../api/reasons.ts';
import type { Cause } from '../api/pod.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { workloadKey } from '../api/names.ts';
import { stableRevision } from '../api/stable-revision.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
import { historyOf } from '../rollout/history.ts';
import { isRolled } from '../rollout/judge.ts';

/** What went wrong on the way, in the words of an `AgentError`. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** What a run found and did. Pure data. */
export interface Visit {
  readonly snapshot: Snapshot;
  /** Revision of the present spec. */
  readonly target: Revision | undefined;
  readonly plan: RolloutPlan;
  /** Why there is no revision of the present spec, though the module is there; or why an action failed. */
  readonly problem: Problem | undefined;
}

/** The status as it follows from a run. Says nothing that changes while nothing happens. */
export function statusOf(visit: Visit): SpAgentStatus {
  const { snapshot, target, plan } = visit;
  const { agent, artifact, revisions } = snapshot;
  const goalId = plan.progress.goal ?? undefined;
  const shown = revisions.find(({ id }) => id === goalId) ?? target ?? stableRevision(revisions);
  return {
    observedGeneration: agent.generation,
    conditions: conditionsOf(findings(visit), agent.status.conditions ?? [], {
      generation: agent.generation,
      now: snapshot.now,
    }),
    ...(artifact.state === 'Ready'
      ? { filter: { ...artifact.artifact, shortDigest: artifact.artifact.digest.slice(0, 12) } }
      : agent.status.filter
        ? { filter: agent.status.filter }
        : {}),
    ...optional('stableRevision', stableRevision(revisions)?.id),
    ...optional('targetRevision', target?.id),
    ...optional('revisionNumber', shown?.number),
    pods: podsText(snapshot, shown?.id),
    rollout: {
      state: plan.progress.state,
      ...optional('since', plan.progress.since),
      message: plan.progress.message,
    },
    workloads: snapshot.workloads.map((workload) => workloadStatus(snapshot, workload, shown?.id)),
    history: historyOf(revisions, target?.id),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined) {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, Value>>;
}

function runningPods({ pods, verification }: Snapshot, revision: string | undefined) {
  return pods.filter(
    (pod) =>
      pod.revision !== undefined &&
      pod.revision === revision &&
      pod.isReady &&
      (verification === 'Off' || pod.verification.state === 'Verified'),
  );
}

function podsText(snapshot: Snapshot, revision: string | undefined): string {
  const desired = snapshot.workloads.reduce((sum, workload) => sum + workload.desired, 0);
  return `${runningPods(snapshot, revision).length}/${desired}`;
}

function workloadStatus(snapshot: Snapshot, workload: Workload, revision: string | undefined) {
  const { kind, name, desired, updated, ready } = workload;
  const key = workloadKey(kind, name);
  const verified = runningPods(snapshot, revision).filter((pod) => pod.workload === key).length;
  return { kind, name, desired, updated, ready, verified };
}

function findings(visit: Visit): Findings {
  return {
    FilterReady: filterReady(visit.snapshot),
    ResourcesApplied: resourcesApplied(visit),
    Progressing: progressing(visit),
    Available: available(visit),
    Degraded: degraded(visit),
  };
}

function filterReady({ artifact }: Snapshot): Finding {
  switch (artifact.state) {
    case 'Ready': {
      const { digest, sizeBytes } = artifact.artifact;
      const message = `module ${digest.slice(0, 12)} of ${sizeBytes} bytes is served`;
      return { status: 'True', reason: 'FilterReady', message };
    }
    case 'Pending':
      return { status: 'False', reason: 'Building', message: 'the filter is being built or fetched' };
    case 'Failed':
      return { status: 'False', reason: artifact.reason, message: artifact.message };
  }
}

function resourcesApplied({ snapshot, problem, target }: Visit): Finding {
  if (problem) return { status: 'False', ...problem };
  if (snapshot.conflict || target) {
    return { status: 'True', reason: 'ResourcesApplied', message: 'Istio’s resources are as wanted' };
  }
  return { status: 'Unknown', reason: 'Building', message: 'there is no module to render resources for yet' };
}

function progressing({ plan, snapshot }: Visit): Finding {
  const { state, reason, message } = plan.progress;
  switch (state) {
    case 'Progressing':
    case 'RollingBack':
    case 'Paused':
      return { status: 'True', reason, message };
    case 'Waiting':
      return { status: snapshot.artifact.state === 'Pending' ? 'True' : 'False', reason, message };
    case 'NoWorkloads':
    case 'Held':
    case 'RolledBack':
    case 'Complete':
      return { status: 'False', reason, message };
  }
}

function available({ snapshot, plan }: Visit): Finding {
  const { workloads, revisions } = snapshot;
  const stable = stableRevision(revisions);
  if (plan.progress.state === 'NoWorkloads') {
    return { status: 'False', reason: 'NoPodsSelected', message: plan.progress.message };
  }
  if (!stable) {
    return {
      status: 'False',
      reason: 'NoStableRevision',
      message: 'no revision has been rolled out whole yet',
    };
  }
  const other = workloads.find((workload) => workload.templateRevision !== stable.id || !isRolled(workload));
  if (other) {
    const message = `${other.kind} ${other.name} does not run stable revision ${stable.id} with all its pods`;
    return { status: 'False', reason: 'Progressing', message };
  }
  return (
    withoutFilter(snapshot, stable.id) ?? {
      status: 'True',
      reason: 'Healthy',
      message: `every selected pod runs revision ${stable.id}`,
    }
  );
}

const reasonOf: Readonly<Record<Cause, Reason>> = {
  Refused: 'FilterRejected',
  NotFetched: 'Refetching',
  NotConfigured: 'FilterRejected',
  Unclear: 'Progressing',
};

/** A pod that has started since the rollout may lack the filter: its proxy could not fetch the module, say. */
function withoutFilter({ pods, verification }: Snapshot, revision: string): Finding | undefined {
  if (verification === 'Off') return undefined;
  for (const pod of pods) {
    if (pod.revision !== revision || !pod.isReady || pod.verification.state !== 'NotVerified') continue;
    const { cause, message } = pod.verification;
    return { status: 'False', reason: reasonOf[cause], message: `pod ${pod.name}: ${message}` };
  }
  return undefined;
}

function degraded({ snapshot, plan, problem }: Visit): Finding {
  if (problem) return { status: 'True', ...problem };
  const { artifact } = snapshot;
  if (artifact.state === 'Failed') {
    return { status: 'True', reason: artifact.reason, message: artifact.message };
  }
  const { state, reason, message } = plan.progress;
  if (state === 'Held' || state === 'RolledBack') return { status: 'True', reason, message };
  return { status: 'False', reason: 'AsExpected', message: 'nothing is wrong' };
}

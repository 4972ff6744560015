import type { RolloutPlan, StepProgress } from '../api/actions.ts';
import type { Artifact } from '../api/artifact.ts';
import { conditionsOf, type Finding, type Findings } from '../api/conditions.ts';
import type { Verification } from '../api/pod.ts';
import type { Problem } from '../api/problem.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot, UnmanagedPods } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { workloadKey } from '../api/names.ts';
import { stableRevision } from '../api/stable-revision.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
import { deliveries } from '../render/delivery/deliveries.ts';
import { historyOf } from '../rollout/history.ts';
import { isLiveAt } from '../rollout/live-switch.ts';
import { podsOf, runsRevision } from '../rollout/runs-revision.ts';
import { isRolledOut } from '../workloads/read-workload.ts';
import { findingOfBackend } from './backend-finding.ts';
import { markedRevisions } from './marked-revisions.ts';
import { findingOfPods } from './pods-finding.ts';
import { shownWorkloads } from './shown-workloads.ts';

/** What the status is derived from. */
export interface Outcome {
  readonly snapshot: Snapshot;
  /** Revision of the present spec. */
  readonly target: Revision | undefined;
  readonly plan: RolloutPlan;
  /** An earlier agent has some of the workloads. */
  readonly conflict: Problem | undefined;
  /** Why there is no revision of the present spec, though the module is there; or why an action failed. */
  readonly problem: Problem | undefined;
}

/** The status of a readable agent. Says nothing that changes while nothing happens. */
export function deriveStatus(outcome: Outcome): SpAgentStatus {
  const { snapshot, target, plan } = outcome;
  const { agent, artifact } = snapshot;
  // Whether a mark was written is not known where an action failed.
  const revisions = snapshot.failure ? snapshot.revisions : markedRevisions(snapshot.revisions, plan.actions);
  const { goal } = plan.progress;
  const shown = revisions.find(({ id }) => id === goal) ?? target ?? stableRevision(revisions);
  return {
    observedGeneration: agent.generation,
    conditions: conditionsOf(findings(outcome), agent.status.conditions ?? [], {
      generation: agent.generation,
      now: snapshot.now,
    }),
    ...(artifact.state === 'Ready'
      ? { filter: filterStatus(artifact.artifact) }
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
      ...stepStatus(plan.progress.step),
    },
    ...shownWorkloads([
      ...snapshot.workloads.map((workload) => workloadStatus(outcome, workload, shown?.id)),
      ...snapshot.unmanaged.map((pods) => unmanagedStatus(snapshot, pods)),
    ]),
    history: historyOf(revisions, target?.id),
  };
}

function stepStatus(step: StepProgress | undefined): Partial<NonNullable<SpAgentStatus['rollout']>> {
  if (step === undefined) return {};
  const { name, canary, needsApproval, gates, bakeUntil } = step;
  return {
    step: name,
    ...optional('canary', canary),
    ...optional('bakeUntil', bakeUntil),
    ...(needsApproval ? { approval: 'Required' } : {}),
    ...(gates.length > 0 ? { gates: [...gates] } : {}),
  };
}

function filterStatus({ digest, sizeBytes, source, url, provenance }: Artifact) {
  const shortDigest = digest.slice(0, 12);
  return { digest, shortDigest, sizeBytes, source, url, ...optional('build', provenance) };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined) {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, Value>>;
}

function podsText({ workloads, pods, verification }: Snapshot, revision: string | undefined): string {
  const desired = workloads.reduce((sum, workload) => sum + workload.desired, 0);
  const running = pods.filter((pod) => runsRevision(pod, revision, verification));
  return `${running.length}/${desired}`;
}

function workloadStatus(
  { snapshot: { pods, verification }, plan: { skipped } }: Outcome,
  workload: Workload,
  revision: string | undefined,
) {
  const { kind, name, desired, updated, ready } = workload;
  const problem = skipped.get(workloadKey(kind, name));
  const running = podsOf(workload, pods).filter((pod) => runsRevision(pod, revision, verification));
  const count = (state: Verification['state']) =>
    running.filter((pod) => pod.verification.state === state).length;
  const verified = verification === 'Off' ? running.length : count('Verified');
  const loaded = count('Loaded');
  return {
    kind,
    name,
    desired,
    updated,
    ready,
    verified,
    ...(loaded > 0 ? { loaded } : {}),
    ...optional('skipped', problem),
  };
}

function unmanagedStatus({ agent }: Snapshot, { kind, name, total, ready }: UnmanagedPods) {
  const message = `${kind} ${agent.namespace}/${name}: no rolling update could bring its pods the filter; run them in a Deployment, or narrow spec.selector`;
  const counts = { desired: total, updated: 0, ready, verified: 0 };
  return { kind, name, ...counts, skipped: { reason: 'NotManaged' as const, message } };
}

function findings(outcome: Outcome): Findings {
  return {
    FilterReady: filterReady(outcome.snapshot),
    ResourcesApplied: resourcesApplied(outcome),
    Progressing: progressing(outcome),
    Available: available(outcome),
    Degraded: degraded(outcome),
    BackendReachable: findingOfBackend(outcome.snapshot),
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

function resourcesApplied({ problem, target, conflict }: Outcome): Finding {
  if (problem) return { status: 'False', ...problem };
  if (conflict || target) {
    const message = `Istio’s resources are as wanted${target ? limitOfDelivery(target) : ''}`;
    return { status: 'True', reason: 'ResourcesApplied', message };
  }
  return { status: 'Unknown', reason: 'Building', message: 'there is no module to render resources for yet' };
}

/** What the revision's delivery cannot do of what the spec asks for. */
function limitOfDelivery({ data: { delivery, wantsBodies, reportsRevision } }: Revision): string {
  if (!reportsRevision || !wantsBodies || deliveries[delivery].holdsHeaders) return '';
  return `; requests with a body are recorded and not looked up, as a ${delivery} cannot hold them until their body has ended (docs/modes.md)`;
}

function progressing({ plan, snapshot }: Outcome): Finding {
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

function available({ snapshot, plan }: Outcome): Finding {
  const { workloads, revisions } = snapshot;
  const stable = stableRevision(revisions);
  if (plan.progress.state === 'NoWorkloads') {
    return { status: 'False', reason: 'NoPodsSelected', message: plan.progress.message };
  }
  if (!stable) {
    return {
      status: 'False',
      reason: 'NoStableRevision',
      message: 'no rollout has completed yet',
    };
  }
  const other = workloads.find((workload) => !isAt(workload, stable, snapshot));
  if (other) {
    const message = `${other.kind} ${other.name} does not run stable revision ${stable.id} with all its pods`;
    return { status: 'False', reason: 'Progressing', message };
  }
  return findingOfPods(snapshot, stable.id);
}

function isAt(workload: Workload, stable: Revision, { pods }: Snapshot): boolean {
  if (!isRolledOut(workload)) return false;
  if (!isLiveAt(workload, stable)) return workload.templateRevision === stable.id;
  return podsOf(workload, pods).every(({ isReady, revision }) => isReady && revision === stable.id);
}

function degraded({ snapshot, plan, problem }: Outcome): Finding {
  if (problem) return { status: 'True', ...problem };
  const { artifact } = snapshot;
  if (artifact.state === 'Failed') {
    return { status: 'True', reason: artifact.reason, message: artifact.message };
  }
  const { state, reason, message } = plan.progress;
  if (state === 'Held' || state === 'RolledBack') return { status: 'True', reason, message };
  return { status: 'False', reason: 'AsExpected', message: 'nothing is wrong' };
}

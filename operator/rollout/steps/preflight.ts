import { podRevisionLabel, publicKeyEnvName, workloadKey } from '../../api/names.ts';
import type { Problem } from '../../api/problem.ts';
import type { Reason } from '../../api/reasons.ts';
import type { TemplateKey, Workload } from '../../api/workload.ts';
import type { Oddity } from '../../workloads/kind.ts';
import { isCustomWorkloadKind } from '../../workloads/kinds.ts';
import { missingTemplateKeys } from '../backend-key.ts';
import type { RolloutContext } from '../context.ts';
import { wasUnhealthy } from '../workload-order.ts';
import { workloadName } from './workload-name.ts';

const oddities: Readonly<Record<Oddity, { readonly reason: Reason; readonly text: string }>> = {
  OnDelete: {
    reason: 'ManualUpdates',
    text: 'its update strategy is OnDelete; {label}, then delete its pods one by one',
  },
  Partitioned: {
    reason: 'ManualUpdates',
    text: 'its update strategy has a partition; set it to 0, or {label}',
  },
  TemplateElsewhere: {
    reason: 'ManualUpdates',
    text: 'its pod template is that of another object (spec.workloadRef), which the operator does not change; {label}',
  },
  TemplateShared: {
    reason: 'ManualUpdates',
    text: 'an Argo Rollout has its pod template from it (spec.workloadRef), and would be updated too; {label}',
  },
  Recreate: {
    reason: 'RestartInterrupts',
    text: 'its strategy Recreate stops all pods at once; {label} when that is acceptable',
  },
  NoSurge: {
    reason: 'RestartInterrupts',
    text: 'a restart would stop its only pod; add a replica, or {label} when that is acceptable',
  },
  NotInjected: {
    reason: 'NoSidecar',
    text: 'its template has sidecar.istio.io/inject: "false"; remove that, or narrow spec.selector',
  },
  HostNetwork: {
    reason: 'NoSidecar',
    text: 'Istio injects no sidecar into pods with hostNetwork; narrow spec.selector',
  },
  Ambient: {
    reason: 'NoSidecar',
    text: 'its pods are in ambient mode and have no sidecar; narrow spec.selector',
  },
  Gateway: { reason: 'GatewayPods', text: 'its pods are a gateway; narrow spec.selector' },
};

/** Oddities that are in the way of a restart alone: they say nothing about a sidecar. */
const ofRestarts: ReadonlySet<string> = new Set<Oddity>([
  'OnDelete',
  'Partitioned',
  'TemplateElsewhere',
  'TemplateShared',
  'Recreate',
  'NoSurge',
]);

/** Why a workload is left out before its restart; undefined if it can be restarted. */
export function preflight(workload: Workload, context: RolloutContext): Problem | undefined {
  const held = heldByOthers(workload, context);
  if (held !== undefined) return held;
  const name = workloadName(workload, context);
  if (workload.isPaused) {
    return {
      reason: 'WorkloadPaused',
      message: `${name}: paused by its owner; ${resumeCommand(workload, context)} continues the rollout`,
    };
  }
  const isStarting = hasNotStarted(workload, context);
  const oddity =
    isStarting && ofRestarts.has(workload.oddity ?? '') ? undefined : oddityProblem(workload, context);
  const problem = oddity ?? missingSidecar(workload, context) ?? missingBackendKey(workload, context);
  if (problem !== undefined) return problem;
  if (!isStarting && wasUnhealthy(workload, context.snapshot)) {
    const { ownUpdate } = workload;
    const why =
      ownUpdate === undefined
        ? 'not all pods are ready before the restart'
        : `its own update has to end first (${ownUpdate.message})`;
    return { reason: 'AlreadyUnhealthy', message: `${name}: ${why}` };
  }
  return undefined;
}

/**
 * A new workload that its controller has not seen yet, of an agent whose revision is proven: there is nothing to restart, and its
 * first pods come with the filter.
 */
function hasNotStarted(
  { isObserved, total, templateRevision, templateSource }: Workload,
  { direction }: RolloutContext,
): boolean {
  if (templateSource !== undefined) return false;
  return direction.kind === 'Maintain' && !isObserved && total === 0 && templateRevision === undefined;
}

/** Why a workload is left out before its running pods are switched; undefined if they can be. */
export function livePreflight(workload: Workload, context: RolloutContext): Problem | undefined {
  const oddity = ofRestarts.has(workload.oddity ?? '') ? undefined : oddityProblem(workload, context);
  return heldByOthers(workload, context) ?? oddity ?? missingSidecar(workload, context);
}

function heldByOthers({ kind, name }: Workload, { options }: RolloutContext) {
  return options.heldByOthers?.get(workloadKey(kind, name));
}

function oddityProblem(workload: Workload, context: RolloutContext): Problem | undefined {
  const { oddity } = workload;
  if (oddity === undefined || !isOddity(oddity)) return undefined;
  const { reason, text } = oddities[oddity];
  const remedy = text.replace('{label}', labelCommand(workload, context));
  return { reason, message: `${workloadName(workload, context)}: ${remedy}` };
}

/** Where proxies are not asked, nobody would miss a sidecar. */
function missingSidecar(workload: Workload, context: RolloutContext): Problem | undefined {
  const isAsked = context.snapshot.verification === 'Required';
  if (!isAsked || workload.ready === 0 || workload.isInjected) return undefined;
  return {
    reason: 'NoSidecar',
    message: `${workloadName(workload, context)}: Istio injected no sidecar into its newest pod; enable the injection and restart it, or narrow spec.selector`,
  };
}

/** The backend would refuse every call of its proxies. */
function missingBackendKey(workload: Workload, context: RolloutContext): Problem | undefined {
  const missing = missingTemplateKeys(workload, context).find(
    ({ variable }) => variable === publicKeyEnvName,
  );
  if (missing === undefined) return undefined;
  const message = `${workloadName(workload, context)}: its proxies would not have the backend's key: ${templateKeyRemedy(missing)}`;
  return { reason: 'NeedsRestart', message };
}

/** What its owner has to write where the operator gives no keys. */
export function templateKeyRemedy({ variable, secretName, key }: TemplateKey): string {
  return `give its template a container istio-proxy with image auto and ${variable} from key ${key} of Secret ${secretName}`;
}

function isOddity(oddity: string): oddity is Oddity {
  return Object.hasOwn(oddities, oddity);
}

/** The one command that puts a workload at the goal by hand, whoever manages it. */
export function labelCommand(workload: Workload, { snapshot, direction }: RolloutContext): string {
  const { namespace, name } = snapshot.agent;
  const labels = { [podRevisionLabel(name)]: direction.goal?.id ?? null };
  const template = { template: { metadata: { labels } } };
  const { kind, name: owner } = workload.templateSource ?? workload;
  const patch = kind === 'PodTemplate' ? template : { spec: template };
  return `run ${patchCommand({ kind, name: owner }, { namespace, patch })}`;
}

function resumeCommand(workload: Workload, { snapshot: { agent } }: RolloutContext): string {
  if (!isCustomWorkloadKind(workload.kind)) return 'kubectl rollout resume';
  return patchCommand(workload, { namespace: agent.namespace, patch: { spec: { paused: false } } });
}

function patchCommand(
  { kind, name }: Pick<Workload, 'kind' | 'name'>,
  { namespace, patch }: { readonly namespace: string; readonly patch: object },
): string {
  // The API server merges those of its own kinds alone by its default type.
  const type = isCustomWorkloadKind(kind) ? ' --type merge' : '';
  return `kubectl patch ${workloadKey(kind, name).toLowerCase()} -n ${namespace}${type} -p '${JSON.stringify(patch)}'`;
}

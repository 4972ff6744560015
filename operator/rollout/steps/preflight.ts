import { podRevisionLabel, workloadKey } from '../../api/names.ts';
import type { Problem } from '../../api/problem.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Workload } from '../../api/workload.ts';
import type { Oddity } from '../../workloads/kind.ts';
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

/** Why a workload is left out before its restart; undefined if it can be restarted. */
export function preflight(workload: Workload, context: RolloutContext): Problem | undefined {
  const name = workloadName(workload, context);
  const held = context.options.heldByOthers?.get(workloadKey(workload.kind, workload.name));
  if (held !== undefined && workload.templateRevision === undefined) return held;
  if (workload.isPaused) {
    return {
      reason: 'WorkloadPaused',
      message: `${name}: paused by its owner; kubectl rollout resume continues the rollout`,
    };
  }
  const { oddity } = workload;
  if (oddity !== undefined && isOddity(oddity)) {
    const { reason, text } = oddities[oddity];
    return { reason, message: `${name}: ${text.replace('{label}', labelCommand(workload, context))}` };
  }
  // Where proxies are not asked, nobody would miss a sidecar.
  if (context.snapshot.verification === 'Required' && workload.ready > 0 && !workload.isInjected) {
    return {
      reason: 'NoSidecar',
      message: `${name}: Istio injected no sidecar into its newest pod; enable the injection and restart it, or narrow spec.selector`,
    };
  }
  if (wasUnhealthy(workload, context.snapshot)) {
    return { reason: 'AlreadyUnhealthy', message: `${name}: not all pods are ready before the restart` };
  }
  return undefined;
}

function isOddity(oddity: string): oddity is Oddity {
  return Object.hasOwn(oddities, oddity);
}

/** The one command that puts a workload at the goal by hand, whoever manages it. */
export function labelCommand(workload: Workload, { snapshot, direction }: RolloutContext): string {
  const { namespace, name } = snapshot.agent;
  const labels = { [podRevisionLabel(name)]: direction.goal?.id ?? null };
  const patch = JSON.stringify({ spec: { template: { metadata: { labels } } } });
  const object = workloadKey(workload.kind, workload.name).toLowerCase();
  return `run kubectl patch ${object} -n ${namespace} -p '${patch}'`;
}

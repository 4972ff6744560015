import { publicKeyEnvName, podRevisionLabel, stepAnnotation } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { RevisionData } from '../api/revision.ts';
import type { WorkloadStep } from '../api/workload.ts';

export interface Restart {
  readonly agent: Pick<SpAgent, 'namespace' | 'name'>;
  readonly workload: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly step: WorkloadStep;
  /** That of the step's revision, where the step gives it. */
  readonly publicKey: RevisionData['publicKey'];
}

/**
 * The body of a server-side apply that moves a workload to a revision: all fields that the operator owns of it. The workload's own
 * rolling update does the rest. A field left out is given back.
 */
export function restartPatch({ agent, workload, step, publicKey }: Restart) {
  const hasRevision = step.revision !== undefined;
  return {
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    metadata: {
      name: workload.name,
      namespace: agent.namespace,
      annotations: { [stepAnnotation(agent.name)]: JSON.stringify(step) },
    },
    spec: {
      template: {
        ...(hasRevision ? { metadata: { labels: { [podRevisionLabel(agent.name)]: step.revision } } } : {}),
        ...(hasRevision && publicKey !== undefined
          ? { spec: { containers: [keyedProxy(publicKey.secretName, publicKey.key)] } }
          : {}),
      },
    },
  };
}

/** Istio merges a container `istio-proxy` with image `auto` into the sidecar that it injects. */
function keyedProxy(secretName: string, key: string) {
  return {
    name: 'istio-proxy',
    image: 'auto',
    // Optional: a Secret that goes must not keep pods from starting. The filter has no key then.
    env: [{ name: publicKeyEnvName, valueFrom: { secretKeyRef: { name: secretName, key, optional: true } } }],
  };
}

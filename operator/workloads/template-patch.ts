import { podRevisionLabel, stepAnnotation } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { RevisionData } from '../api/revision.ts';
import type { TemplateKey, WorkloadStep } from '../api/workload.ts';
import { proxyKeys } from './proxy-keys.ts';

export interface Restart {
  readonly agent: Pick<SpAgent, 'namespace' | 'name'>;
  readonly workload: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly step: WorkloadStep;
  /** That of the step's revision, where the step gives it. */
  readonly publicKey: RevisionData['publicKey'];
  readonly hasRedactionKey: boolean;
}

/**
 * The body of a server-side apply that moves a workload to a revision: all fields that the operator owns of it. The workload's own
 * rolling update does the rest. A field left out is given back.
 */
export function restartPatch(restart: Restart) {
  const { agent, workload, step } = restart;
  const hasRevision = step.revision !== undefined;
  const keys = proxyKeys(agent.name, restart);
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
        ...(hasRevision && keys.length > 0 ? { spec: { containers: [keyedProxy(keys)] } } : {}),
      },
    },
  };
}

/** Istio merges a container `istio-proxy` with image `auto` into the sidecar that it injects. */
function keyedProxy(keys: readonly TemplateKey[]) {
  return {
    name: 'istio-proxy',
    image: 'auto',
    // The API server would set Always for an image without a tag, so that no pod could start without the registry.
    imagePullPolicy: 'IfNotPresent',
    // Optional: a Secret that goes must not keep pods from starting. The filter has no key then.
    env: keys.map(({ variable, secretName, key }) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secretName, key, optional: true } },
    })),
  };
}

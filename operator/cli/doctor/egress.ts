import { z } from 'zod';
import type { SpAgent } from '../../api/schema.ts';
import { hasCode } from '../../cluster/api-error.ts';
import { collectionPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import { backendHost } from '../../render/backend/backend-target.ts';
import { listRevisions } from '../revisions.ts';
import type { Check } from './check.ts';
import type { Facts } from './facts.ts';
import { someOf } from './some-of.ts';
import { podName, type AgentPod } from './agent-pod.ts';

/** A Sidecar without a selector in this namespace is the default of all namespaces. */
const rootNamespace = 'istio-system';

const sidecarObject = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string(), creationTimestamp: z.string().default('') }),
  spec: z
    .object({
      workloadSelector: z.object({ labels: z.record(z.string(), z.string()).default({}) }).optional(),
      egress: z.array(z.object({ hosts: z.array(z.string()).default([]) })).default([]),
    })
    .prefault({}),
});

export type SidecarResource = z.output<typeof sidecarObject>;

/** A service by which Istio knows the backend, and the namespace that it is of. */
export interface BackendService {
  readonly namespace: string;
  readonly host: string;
}

/** Finds Sidecar resources that leave the backend out of what a pod's proxy knows. */
export const egress: Check = {
  code: 'SP016',
  name: 'Sidecar resources',
  async run(facts) {
    const pods = (await facts.pods()).filter(({ hasSidecar }) => hasSidecar);
    if (pods.length === 0) return { state: 'Skipped', message: 'no selected pod has a sidecar' };
    const hidden: {
      readonly pod: AgentPod;
      readonly by: SidecarResource;
      readonly service: BackendService;
    }[] = [];
    for (const agent of new Set(pods.map((pod) => pod.agent))) {
      const service = await backendService(facts, agent);
      if (service === undefined) continue;
      const resources = await sidecarsFor(facts, agent.namespace);
      for (const pod of pods.filter((candidate) => candidate.agent === agent)) {
        const by = sidecarOf(resources, { namespace: agent.namespace, labels: pod.labels });
        if (by && !showsService(by, agent.namespace, service)) hidden.push({ pod, by, service });
      }
    }
    const [first] = hidden;
    if (first === undefined) return { state: 'Good', message: 'hide the backend from no selected pod' };
    const { by, service, pod } = first;
    return {
      state: 'Bad',
      message: `${by.metadata.namespace}/${by.metadata.name} hides the backend from ${hidden.length} of ${pods.length} selected pods: ${someOf(hidden.map((each) => podName(each.pod)))}`,
      remedy: `add ${service.namespace === pod.agent.namespace ? '.' : service.namespace}/${service.host} to spec.egress[].hosts of that Sidecar`,
    };
  },
};

async function backendService(facts: Facts, agent: SpAgent): Promise<BackendService | undefined> {
  const target = (await listRevisions(facts.client, agent)).at(-1)?.data.backend;
  if (target === undefined) return undefined;
  const host = backendHost(agent, target);
  // `NAME.NAMESPACE.svc.cluster.local`; of any other backend, the ServiceEntry is in the agent's namespace.
  const namespace = target.inCluster ? (host.split('.')[1] ?? agent.namespace) : agent.namespace;
  return { namespace, host };
}

/** Of the namespace, and the defaults of the mesh where the user may see them. */
async function sidecarsFor(facts: Facts, namespace: string): Promise<SidecarResource[]> {
  const [own, root] = await Promise.all([
    listAll(facts.client, { path: collectionPath('Sidecar', namespace) }),
    listAll(facts.client, { path: collectionPath('Sidecar', rootNamespace) }).catch((error: unknown) => {
      if (hasCode(error, 403)) return [];
      throw error;
    }),
  ]);
  return z.array(sidecarObject).parse([...own, ...(namespace === rootNamespace ? [] : root)]);
}

/**
 * The one that Istio uses for a pod (https://istio.io/latest/docs/reference/config/networking/sidecar/): with a selector that matches
 * it, else without one in its namespace, else without one in the root namespace; the oldest of several.
 */
export function sidecarOf(
  resources: readonly SidecarResource[],
  { namespace, labels }: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
): SidecarResource | undefined {
  const oldestFirst = resources.toSorted((a, b) =>
    a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp),
  );
  const own = oldestFirst.filter(({ metadata }) => metadata.namespace === namespace);
  const selects = ({ spec }: SidecarResource) =>
    spec.workloadSelector !== undefined &&
    Object.entries(spec.workloadSelector.labels).every(([key, value]) => labels[key] === value);
  const isDefault = ({ spec }: SidecarResource) => spec.workloadSelector === undefined;
  const inRoot = ({ metadata }: SidecarResource) => metadata.namespace === rootNamespace;
  return (
    own.find(selects) ?? own.find(isDefault) ?? oldestFirst.find((each) => inRoot(each) && isDefault(each))
  );
}

/** Whether proxies of the namespace know the service. Without `egress`, they know what they know by default. */
export function showsService({ spec }: SidecarResource, namespace: string, service: BackendService): boolean {
  if (spec.egress.length === 0) return true;
  return spec.egress
    .flatMap(({ hosts }) => hosts)
    .some((text) => {
      const slash = text.indexOf('/');
      const [of, host] = [text.slice(0, slash), text.slice(slash + 1)];
      const isInNamespace = of === '*' || (of === '.' ? namespace : of) === service.namespace;
      return isInNamespace && matchesHost(host, service.host);
    });
}

/** `*`, `*.example.com` or a full name. */
function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

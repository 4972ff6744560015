/** Names that stand on objects in users' clusters. Changing one is a migration. */

export const apiGroup = 'softprobe.ai';
export const apiVersion = 'v1alpha1';
export const groupVersion = `${apiGroup}/${apiVersion}`;
export const agentKind = 'SpAgent';
export const agentPlural = 'spagents';
export const revisionKind = 'SpAgentRevision';
export const revisionPlural = 'spagentrevisions';

/** The one field manager of everything the operator applies. */
export const fieldManager = 'sp-agent';
export const finalizer = 'softprobe.ai/cleanup';

/** On every object made for an agent: the agent's name (the namespace is the object's own). */
export const agentLabel = 'softprobe.ai/agent';
/** On revisioned objects: the revision they belong to, 12 hex digits. */
export const resourceRevisionLabel = 'softprobe.ai/revision';
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByValue = 'sp-agent';

/** On an SpAgent: the failed revision that is to be tried again. The operator removes it when it has seen it. */
export const retryAnnotation = 'softprobe.ai/retry';

/** On an SpAgent: `<revision>/<step>`, or `<revision>/full`, whose wait is to end. */
export const promoteAnnotation = 'softprobe.ai/promote';
/** On an SpAgent: the revision whose rollout is to fail. */
export const abortAnnotation = 'softprobe.ai/abort';
/** On an SpAgent: the revision whose rollout is to begin nothing new. */
export const pauseAnnotation = 'softprobe.ai/pause';

/** Of the labels that decide which revision of an agent's filter a pod runs; the agent's name follows. */
export const revisionLabelPrefix = `revision.${apiGroup}/`;

/** The label that decides which revision of an agent's filter a pod runs. */
export function podRevisionLabel(agentName: string): string {
  return revisionLabelPrefix + agentName;
}

/** One workload of a namespace: `Deployment/checkout`. A Deployment and a StatefulSet may share a name. */
export function workloadKey(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** On a workload: JSON of `WorkloadStep`, written in the same patch as the template's label. */
export function stepAnnotation(agentName: string): string {
  return `step.${apiGroup}/${agentName}`;
}

/** On a pod: Unix seconds at which its proxy was last made to fetch the module again. */
export const refetchedAtLabel = 'softprobe.ai/refetched-at';

/** Longest agent name: `<agent>-<12 hex>-out` must fit in the 63 characters of a label's name part. */
export const agentNameLengthMax = 46;

/** A DNS label but for its length: the name of a Service, or of an agent, which must not have a dot. */
export const dnsLabelPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
export const dnsLabelLengthMax = 63;

/** DNS-1123 subdomain but for its length: the name of an object of most kinds. */
export const dnsSubdomainPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
export const dnsSubdomainLengthMax = 253;

/** Root id of a module: what a proxy-wasm SDK may register a filter under. */
export const rootIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** On a Secret, with the value `true`: SpAgents of its namespace may send it to their backends. */
export const backendKeyLabel = 'softprobe.ai/backend-key';

/** On a Secret, with the value `true`: SpAgents of its namespace may send it to the servers of their gates. */
export const gateTokenLabel = 'softprobe.ai/gate-token';

/** Environment variable of the proxy that carries the backend's public key to the filter. */
export const publicKeyEnvName = 'SP_PUBLIC_KEY';

/** Environment variable of the proxy that carries the key of redaction markers to the filter. */
export const redactionKeyEnvName = 'SP_REDACTION_KEY';

/** The Secret that the operator creates for the key of an agent's redaction markers, and its field. */
export function redactionKeySecret(agentName: string): string {
  return `${agentName}-redaction-key`;
}
export const redactionKeyField = 'key';

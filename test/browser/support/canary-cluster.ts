import type { ServerResponse } from 'node:http';
import { agentLabel, podRevisionLabel } from '../../../operator/api/names.ts';
import { wantedRevision } from '../../../operator/render/revision.ts';
import { agentOf, artifact, policy, redactionKey, wholeMesh } from '../../support/agent.ts';
import { startScriptedServer, type ScriptedServer } from '../../support/scripted-server.ts';

const stableSpec = {
  selector: { matchLabels: { app: 'checkout' } },
  backend: { url: 'https://o.softprobe.ai' },
};
const targetSpec = { ...stableSpec, capture: { redactHeaders: ['x-customer'] } };

function revisionOf(spec: object) {
  const wanted = wantedRevision({
    ...{ artifact, policy, redactionKey },
    agent: agentOf(spec),
    mesh: wholeMesh,
    publicKey: { state: 'NotWanted' },
  });
  if ('reason' in wanted) throw new Error(wanted.message);
  return wanted;
}

const revisions = [
  { number: 1, agentSpec: stableSpec, ...revisionOf(stableSpec) },
  { number: 2, agentSpec: targetSpec, ...revisionOf(targetSpec) },
] as const;
const [stable, target] = revisions;

/** Real names of revisions change with what a revision holds: in a picture they are these. */
export const shownNames = [
  [stable.id, '3f9a60c7d128'],
  [target.id, 'b5d0c1a97e24'],
] as const;

const pods = [
  { name: 'checkout-7c9d8f6b5-2lqxt', revision: target.id, hits: 214, misses: 31 },
  { name: 'checkout-7c9d8f6b5-8hzkp', revision: stable.id, hits: 5120, misses: 604 },
  { name: 'checkout-7c9d8f6b5-mw4vd', revision: stable.id, hits: 4987, misses: 598 },
  { name: 'checkout-7c9d8f6b5-x7rjn', revision: stable.id, hits: 5043, misses: 611 },
] as const;
type ShownPod = (typeof pods)[number];

const podObject = ({ name, revision }: ShownPod) => ({
  metadata: {
    name,
    labels: { app: 'checkout', [podRevisionLabel('checkout')]: revision, 'pod-template-hash': '7c9d8f6b5' },
    creationTimestamp: '2026-01-09T08:12:00Z',
    ownerReferences: [{ kind: 'ReplicaSet', name: 'checkout-7c9d8f6b5', controller: true }],
  },
  spec: { containers: [{ name: 'istio-proxy', image: 'istio/proxyv2:1.30.0' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

function statistics({ revision, hits, misses }: ShownPod): string {
  const seconds = Math.floor(Date.now() / 1000);
  return [
    'envoy_server_concurrency 1',
    `envoy_wasm_shop_checkout_${revision}_vm_reload 0`,
    `sp_agent_revision_${revision}_configured_at_seconds ${seconds}`,
    `sp_agent_revision_${revision}_outbound_contexts 2`,
    `sp_agent_revision_${revision}_outbound_last_tick_seconds ${2 * seconds}`,
    `sp_agent_revision_${revision}_outbound_requests ${hits + misses}`,
    `sp_agent_lookup_hits ${hits}`,
    `sp_agent_lookup_misses ${misses}`,
    '',
  ].join('\n');
}

const waiting = 'Canary 1 of 2: waits for approval: run spagent promote checkout -n shop';

const agentObject = {
  metadata: {
    ...{ namespace: 'shop', name: 'checkout', uid: 'u1', resourceVersion: '1', generation: 2 },
    creationTimestamp: '2026-01-05T09:30:00Z',
  },
  spec: {
    ...targetSpec,
    rollout: {
      canary: [
        { pods: 1, bake: '10m', approval: 'Manual' },
        { pods: '50%', bake: '10m' },
      ],
    },
  },
  status: {
    conditions: [
      {
        ...{ type: 'Ready', status: 'False', reason: 'Progressing', message: waiting },
        ...{ lastTransitionTime: '2026-01-12T09:40:00Z', observedGeneration: 2 },
      },
    ],
    targetRevision: target.id,
    stableRevision: stable.id,
    revisionNumber: 2,
    pods: '1/4',
    rollout: {
      state: 'Progressing',
      step: 'Canary 1 of 2',
      message: waiting,
      since: '2026-01-12T09:40:00Z',
      approval: 'Required',
      gates: [
        {
          ...{ name: 'errors', verdict: 'Pass', value: '0.4%', limit: 'at most 1%' },
          message: '0.4% of the requests failed in pods with the new revision',
        },
      ],
    },
    history: [
      {
        ...{ revision: target.id, revisionNumber: 2, digest: artifact.digest, outcome: 'Pending' },
        createdAt: '2026-01-12T09:38:00Z',
      },
      {
        ...{ revision: stable.id, revisionNumber: 1, digest: artifact.digest, outcome: 'Stable' },
        createdAt: '2026-01-05T09:30:00Z',
      },
    ],
  },
};

const revisionObject = ({ id, number, data, agentSpec }: (typeof revisions)[number]) => ({
  metadata: { name: `checkout-${id}`, labels: { [agentLabel]: 'checkout' } },
  spec: { number, data, agentSpec },
});

const operator = {
  metadata: { namespace: 'sp-system', name: 'sp-agent' },
  spec: { replicas: 1 },
  status: { readyReplicas: 1 },
};

/** Which objects a path of the API server lists. */
const lists: readonly (readonly [RegExp, readonly object[]])[] = [
  [/\/spagents(\?|$)/, [agentObject]],
  [/\/spagentrevisions(\?|$)/, revisions.map(revisionObject)],
  [/\/pods(\?|$)/, pods.map(podObject)],
  [/\/deployments(\?|$)/, [operator]],
];

function answer(path: string, response: ServerResponse): void {
  const pod = pods.find(({ name }) => path.includes(`/pods/${name}:15020/`));
  if (pod) {
    response.setHeader('date', new Date().toUTCString());
    return void response.end(statistics(pod));
  }
  response.setHeader('content-type', 'application/json');
  if (path.endsWith('/spagents/checkout')) return void response.end(JSON.stringify(agentObject));
  const [, items] = lists.find(([pattern]) => pattern.test(path)) ?? [];
  if (items === undefined) response.statusCode = 404;
  response.end(JSON.stringify(items ? { metadata: {}, items } : { message: 'not found' }));
}

/** An API server with one SpAgent, whose canary has passed its gate and waits for approval. */
export function startCanaryCluster(): Promise<ScriptedServer> {
  return startScriptedServer(({ path }, response) => answer(path, response));
}

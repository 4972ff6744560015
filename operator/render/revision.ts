import { createHash } from 'node:crypto';
import { AgentError } from '../api/errors.ts';
import type { Reason } from '../api/reasons.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Artifact } from '../api/artifact.ts';
import type { MeshKinds } from '../api/resource.ts';
import type { BackendTarget, DeliveryKind, RevisionData, Side } from '../api/revision.ts';
import type { PublicKeyState } from '../api/snapshot.ts';
import { backendRoute } from './backend/backend-target.ts';
import { canonicalJson } from './canonical-json.ts';
import { pluginConfig } from './plugin-config.ts';

/** What a revision is made of. */
export interface RevisionInput {
  readonly agent: SpAgent;
  readonly artifact: Artifact;
  readonly mesh: MeshKinds;
  readonly publicKey: PublicKeyState;
}

/** The revision that the present spec asks for, or why there can be none yet. */
export type RevisionOutcome =
  | { readonly data: RevisionData; readonly id: string }
  | { readonly reason: Reason; readonly message: string };

export function wantedRevision(input: RevisionInput): RevisionOutcome {
  try {
    const data = revisionData(input);
    return { data, id: revisionId(data) };
  } catch (error) {
    if (error instanceof AgentError) return { reason: error.reason, message: error.message };
    throw error;
  }
}

/** The first 12 hex digits of the SHA-256 over the canonical JSON. */
export function revisionId(data: RevisionData): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, 12);
}

function revisionData(input: RevisionInput): RevisionData {
  const { agent, artifact, mesh } = input;
  const { spec } = agent;
  const route = backendRoute(spec.backend, agent.namespace);
  const delivery = deliveryKind(spec, mesh);
  requireKinds(mesh, neededKinds(delivery, route.target));
  return {
    digest: artifact.digest,
    moduleUrl: artifact.url,
    delivery,
    sides: sides(spec.direction),
    matchLabels: spec.selector.matchLabels,
    phase: spec.delivery.phase,
    priority: spec.delivery.priority,
    failStrategy: spec.delivery.failStrategy,
    env: spec.delivery.env,
    backend: route.target,
    publicKey: publicKey(agent, input.publicKey),
    pluginConfig: pluginConfig(agent, route, spec.lookup.enabled && delivery === 'EnvoyFilter'),
  };
}

function sides(direction: SpAgent['spec']['direction']): Side[] {
  return direction === 'Both' ? ['Inbound', 'Outbound'] : [direction];
}

/**
 * Auto asks for an EnvoyFilter where a lookup may need the request's body: it alone can hold back the headers
 * until the body is read, in proxies of Istio 1.30 and later, which are known by the kind TrafficExtension. It can take no
 * phase, so that a phase chooses one of the other two.
 */
function deliveryKind(spec: SpAgent['spec'], mesh: MeshKinds): DeliveryKind {
  if (spec.delivery.api !== 'Auto') return spec.delivery.api;
  const wantsBody = spec.lookup.enabled && spec.delivery.phase === undefined;
  if (wantsBody && mesh.trafficExtension && mesh.envoyFilter) return 'EnvoyFilter';
  return mesh.trafficExtension ? 'TrafficExtension' : 'WasmPlugin';
}

const crdNames: Readonly<Record<keyof MeshKinds, string>> = {
  wasmPlugin: 'wasmplugins.extensions.istio.io',
  trafficExtension: 'trafficextensions.extensions.istio.io',
  envoyFilter: 'envoyfilters.networking.istio.io',
  serviceEntry: 'serviceentries.networking.istio.io',
  destinationRule: 'destinationrules.networking.istio.io',
};

const kindOfDelivery = {
  WasmPlugin: 'wasmPlugin',
  TrafficExtension: 'trafficExtension',
  EnvoyFilter: 'envoyFilter',
} as const satisfies Record<DeliveryKind, keyof MeshKinds>;

function neededKinds(delivery: DeliveryKind, backend: BackendTarget): (keyof MeshKinds)[] {
  return [
    kindOfDelivery[delivery],
    ...(backend.inCluster ? [] : (['serviceEntry', 'destinationRule'] as const)),
  ];
}

function requireKinds(mesh: MeshKinds, needed: readonly (keyof MeshKinds)[]): void {
  const missing = needed.filter((kind) => !mesh[kind]).map((kind) => crdNames[kind]);
  if (missing.length === 0) return;
  throw new AgentError(
    'IstioMissing',
    `the cluster has no CustomResourceDefinition ${missing.join(', ')}; install Istio, or choose another spec.delivery.api`,
    { retryable: true },
  );
}

function publicKey(agent: SpAgent, state: PublicKeyState): RevisionData['publicKey'] {
  const secret = agent.spec.backend.publicKeySecret;
  if (!secret) return undefined;
  if (state.state === 'Missing') throw new AgentError('SecretMissing', state.message, { retryable: true });
  if (state.state === 'NotWanted')
    throw new Error(`SpAgent ${agent.namespace}/${agent.name}: its public key was not looked for`);
  return { secretName: secret.name, key: secret.key, digest: state.digest };
}

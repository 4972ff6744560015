import { hash } from 'node:crypto';
import { AgentError } from '../api/errors.ts';
import { crdName, type IstioKind, type MeshKinds } from '../api/istio-kinds.ts';
import { isObject } from '../api/json.ts';
import { isAllowedBackend, type OperatorPolicy } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Artifact } from '../api/artifact.ts';
import type { BackendTarget, DeliveryKind, RevisionData, Side } from '../api/revision.ts';
import type { PublicKeyState, RedactionKeyState } from '../api/snapshot.ts';
import { backendRoute, type BackendRoute } from './backend/backend-target.ts';
import { canonicalJson } from './canonical-json.ts';
import { chooseDelivery, deliveries, type FormerDelivery } from './delivery/deliveries.ts';
import { looksUpBodies, pluginConfig } from './plugin-config.ts';
import { renderVersion } from './render-version.ts';
import { selectorData } from './targets/sidecars.ts';

/** What a revision is made of. */
export interface RevisionInput {
  readonly agent: SpAgent;
  readonly artifact: Artifact;
  readonly mesh: MeshKinds;
  readonly publicKey: PublicKeyState;
  readonly policy: OperatorPolicy;
  readonly redactionKey: RedactionKeyState;
  /** Data of the agent's newest revision. */
  readonly former?: FormerDelivery | undefined;
}

/** The revision that the present spec asks for, or why there can be none yet. */
export type RevisionOutcome = { readonly data: RevisionData; readonly id: string } | Problem;

export function wantedRevision(input: RevisionInput): RevisionOutcome {
  try {
    const data = revisionData(input);
    return { data, id: revisionId(data) };
  } catch (error) {
    if (error instanceof AgentError) return { reason: error.reason, message: error.message };
    throw error;
  }
}

/**
 * The first 12 hex digits of the SHA-256 over the canonical JSON. What is known of the module beside its digest, and what the
 * delivery was chosen by, change no proxy's behaviour.
 */
export function revisionId(data: RevisionData): string {
  const behaviour = { ...data, reportsRevision: undefined, wantsBodies: undefined };
  return hash('sha256', canonicalJson(behaviour)).slice(0, 12);
}

function revisionData(input: RevisionInput): RevisionData {
  return input.artifact.readsSpec ? ownFilterData(input) : customFilterData(input);
}

/** Of SP Agent's own filter, which all of the spec is about. */
function ownFilterData(input: RevisionInput): RevisionData {
  const { agent, mesh } = input;
  const { spec } = agent;
  if (spec.filter.config !== undefined || spec.filter.rootId !== undefined) {
    const message =
      "spec.filter.config and rootId are for custom filters; the configuration of SP Agent's own filter is made of the other fields: remove them";
    throw new AgentError('SpecInvalid', message);
  }
  const route = allowedRoute(agent, input.policy);
  const wantsBodies = looksUpBodies(spec);
  const delivery = chooseDelivery({ ...spec.delivery, wantsBodies, wantsText: false }, mesh, input.former);
  requireKinds(mesh, neededKinds(delivery, route.target));
  return {
    ...commonData(input, delivery),
    wantsBodies,
    backend: route.target,
    publicKey: publicKey(agent, input.publicKey),
    redactionKeyDigest: redactionKeyDigest(agent, input.redactionKey),
    pluginConfig: pluginConfig(agent, route, wantsBodies && deliveries[delivery].holdsHeaders),
  };
}

/** Of any other filter: its configuration is its user's, and the operator gives it no backend. */
function customFilterData(input: RevisionInput): RevisionData {
  const { agent, artifact, mesh } = input;
  const { config, rootId = artifact.rootId ?? '' } = agent.spec.filter;
  const wantsText = config !== undefined && !isObject(config);
  const needs = { ...agent.spec.delivery, wantsBodies: false, wantsText };
  const delivery = chooseDelivery(needs, mesh, input.former);
  requireKinds(mesh, neededKinds(delivery, undefined));
  return {
    ...commonData(input, delivery),
    wantsBodies: false,
    publicKey: undefined,
    pluginConfig: {},
    customConfig: config,
    rootId,
  };
}

function commonData({ agent: { spec }, artifact }: RevisionInput, delivery: DeliveryKind) {
  return {
    digest: artifact.digest,
    ...(artifact.reportsRevision ? { reportsRevision: true } : {}),
    ...(renderVersion === 1 ? {} : { renderVersion }),
    delivery,
    sides: sides(spec.direction),
    ...(spec.match?.ports ? { ports: spec.match.ports } : {}),
    ...selectorData(spec.selector),
    phase: spec.delivery.phase,
    priority: spec.delivery.priority,
    failStrategy: spec.delivery.failStrategy,
    env: spec.delivery.env,
  };
}

function allowedRoute(
  { namespace, spec }: SpAgent,
  { defaultBackendUrl, allowedBackends, clusterDomain }: OperatorPolicy,
): BackendRoute {
  const url = spec.backend.url ?? defaultBackendUrl;
  if (url === undefined) {
    const message =
      'spec.backend.url is missing, and the operator has no default backend; name the backend that stores the recordings';
    throw new AgentError('BackendMissing', message);
  }
  const route = backendRoute({ ...spec.backend, url }, { namespace, clusterDomain });
  const isChosen = spec.backend.url !== undefined;
  if (isChosen && allowedBackends && !isAllowedBackend(route.target, allowedBackends)) {
    const { host, port } = route.target;
    const message = `spec.backend.url: ${host}:${port} is not among the operator's allowed backends; choose one of them, or ask its administrator for operator.allowedBackends`;
    throw new AgentError('BackendRefused', message);
  }
  return route;
}

function sides(direction: SpAgent['spec']['direction']): Side[] {
  return direction === 'Both' ? ['Inbound', 'Outbound'] : [direction];
}

function neededKinds(delivery: DeliveryKind, backend: BackendTarget | undefined): IstioKind[] {
  return [
    deliveries[delivery].kind,
    ...(backend === undefined || backend.inCluster ? [] : (['ServiceEntry', 'DestinationRule'] as const)),
  ];
}

function requireKinds(mesh: MeshKinds, needed: readonly IstioKind[]): void {
  const missing = needed.filter((kind) => !mesh.has(kind)).map(crdName);
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
  if (state.state === 'Missing') throw new AgentError(state.reason, state.message, { retryable: true });
  if (state.state === 'NotWanted')
    throw new Error(`SpAgent ${agent.namespace}/${agent.name}: its public key was not looked for`);
  return { secretName: secret.name, key: secret.key, digest: state.digest };
}

function redactionKeyDigest(agent: SpAgent, state: RedactionKeyState): string | undefined {
  if (agent.spec.capture.redactMarker === 'Plain') return undefined;
  if (state.state === 'Missing')
    throw new AgentError('RedactionKeyMissing', state.message, { retryable: true });
  if (state.state === 'NotWanted')
    throw new Error(`SpAgent ${agent.namespace}/${agent.name}: its redaction key was not looked for`);
  return state.digest;
}

import { publicKeyEnvName, redactionKeyEnvName } from '../api/names.ts';
import type { Match, SpAgent } from '../api/schema.ts';
import { isObject, type Json, type JsonObject } from '../api/json.ts';
import { isCustom, type RevisionData, type Side } from '../api/revision.ts';
import { byteCount, durationSeconds, ratio } from '../api/units.ts';
import { backendCluster, type BackendRoute } from './backend/backend-target.ts';
import { profileSettings } from './backend/profile.ts';
import { canonicalJson } from './canonical-json.ts';

/**
 * The filter's configuration, without direction and revision. Filter and operator agree on version 1 of this form, which
 * the filter reads in filter/assembly/config/read.ts and refuses where it knows a key or value not.
 */
export function pluginConfig(agent: SpAgent, route: BackendRoute, withBody: boolean): JsonObject {
  const { backend, capture, lookup, mode } = agent.spec;
  const profile = profileSettings(agent.spec);
  return {
    version: 1,
    // Where resources are rendered, spec.logLevel takes its place (desired.ts).
    logLevel: 'info',
    agent: `${agent.namespace}/${agent.name}`,
    backend: {
      cluster: backendCluster(agent, route.target),
      authority: route.authority,
      pathPrefix: route.pathPrefix,
      timeoutMs: milliseconds(backend.timeout),
      ...(backend.publicKeySecret ? { publicKeyEnv: publicKeyEnvName } : {}),
      auth: authNames[profile.auth],
    },
    lookup: {
      enabled: mode !== 'Record',
      withBody,
      ignoreBody: profile.body === 'Ignore',
      cacheRules: cacheRules(agent.spec),
      ...(lookup.methods ? { methods: lookup.methods } : {}),
      redactedBodies: lookup.redactedBodies === 'Skip' ? 'skip' : 'replay',
      onError: lookup.onError === 'Fail' ? 'fail' : 'continue',
      strict: lookup.strict,
      when: profile.when === 'Session' ? 'session' : 'always',
      onAnswer: profile.onAnswer === 'Pass' ? 'pass' : 'upstream',
      ...(lookup.holdTimeout ? { holdTimeoutMs: milliseconds(lookup.holdTimeout) } : {}),
      circuitBreaker: {
        failures: lookup.circuitBreaker.failures,
        openMs: milliseconds(lookup.circuitBreaker.openFor),
      },
    },
    capture: {
      rules: capture.rules.map((rule) => ({
        ...(rule.methods ? { methods: rule.methods } : {}),
        ...target(rule),
      })),
      exempt: capture.exempt.map(target),
      ...(capture.telemetry ? { telemetry: capture.telemetry.map(target) } : {}),
      ports: capture.ports,
      maxRequestBodyBytes: byteCount(capture.maxRequestBody),
      maxResponseBodyBytes: byteCount(capture.maxResponseBody),
      statuses: [...profile.statuses],
      redact: {
        ...(capture.redactHeadersOnly ? { headers: capture.redactHeadersOnly } : {}),
        ...(capture.redactHeaders.length > 0 ? { moreHeaders: capture.redactHeaders } : {}),
        queryParameters: capture.redactQuery,
        jsonFields: capture.redactJsonFields,
        ...(capture.redactMarker === 'Digest' ? { keyEnv: redactionKeyEnvName } : {}),
      },
      sampleRatio: ratio(capture.sample),
    },
    session: { member: profile.sessionMember, bypass: profile.bypassInSession },
    save: {
      enabled: mode !== 'Replay',
      perSession: profile.savePerSession,
      retry: profile.saveRetry === 'Refused' ? 'refused' : 'transient',
    },
  };
}

const authNames = { PublicKey: 'publicKey', Bearer: 'bearer', Both: 'both' } as const;

/** Whether bodies take part in lookups, so that headers must be held until a body has ended. */
export function looksUpBodies(spec: SpAgent['spec']): boolean {
  return spec.mode !== 'Record' && profileSettings(spec).body === 'Match';
}

/** A test replays what it likes, but never the answer to one user to another. */
function cacheRules({ lookup, mode }: SpAgent['spec']): string {
  if (lookup.cacheRules === 'None') return 'none';
  return mode === 'Replay' ? 'users' : 'shared';
}

function milliseconds(duration: string): number {
  return Math.round(durationSeconds(duration) * 1000);
}

function target(rule: { host?: Match | undefined; path?: Match | undefined }): JsonObject {
  return {
    ...(rule.host ? { host: matcher(rule.host) } : {}),
    ...(rule.path ? { path: matcher(rule.path) } : {}),
  };
}

function matcher(match: Match): JsonObject {
  const given = Object.entries(match).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given);
}

/** The configuration as the filter reads it. Of one side: the other differs in its direction alone. */
export function pluginConfigText(data: RevisionData, revisionId: string): string {
  return textOf(sidePluginConfig(data, revisionId, data.sides[0] ?? 'Outbound') ?? '');
}

/** The same without the names of agent and revision, which decide nothing: agents with the same settings have the same text. */
export function namelessConfigText(data: RevisionData): string {
  const { backend } = data.pluginConfig;
  const nameless = isObject(backend) ? { ...backend, cluster: '' } : {};
  return pluginConfigText(
    { ...data, pluginConfig: { ...data.pluginConfig, agent: '', backend: nameless } },
    '',
  );
}

/**
 * The text that a proxy hands to the filter. Canonical: data that comes back from the cluster in another key order must not change
 * a running filter.
 */
export function textOf(configuration: Json): string {
  return typeof configuration === 'string' ? configuration : canonicalJson(configuration);
}

/**
 * The configuration of one plug-in: a revision's data, seen from one side. That of a custom filter is its user's alone: such a
 * filter learns the revision from its plug-in's name.
 * @returns undefined where a custom filter has none.
 */
export function sidePluginConfig(data: RevisionData, revisionId: string, side: Side): Json | undefined {
  if (isCustom(data)) return data.customConfig;
  return {
    ...data.pluginConfig,
    revision: revisionId,
    direction: side === 'Inbound' ? 'inbound' : 'outbound',
  };
}

import { publicKeyEnvName } from '../api/names.ts';
import type { Match, SpAgent } from '../api/schema.ts';
import type { JsonObject } from '../api/json.ts';
import type { RevisionData, Side } from '../api/revision.ts';
import { byteCount, durationSeconds, ratio } from '../api/units.ts';
import { backendCluster, type BackendRoute } from './backend/backend-target.ts';
import { canonicalJson } from './canonical-json.ts';

/**
 * The filter's configuration, without direction and revision. Filter and operator agree on version 1 of this form, which
 * the filter reads in filter/assembly/config/read.ts and refuses where it knows a key or value not.
 */
export function pluginConfig(agent: SpAgent, route: BackendRoute, withBody: boolean): JsonObject {
  const { backend, lookup, capture } = agent.spec;
  return {
    version: 1,
    agent: `${agent.namespace}/${agent.name}`,
    backend: {
      cluster: backendCluster(agent, route.target),
      authority: route.authority,
      pathPrefix: route.pathPrefix,
      timeoutMs: milliseconds(backend.timeout),
      ...(backend.publicKeySecret ? { publicKeyEnv: publicKeyEnvName } : {}),
    },
    lookup: {
      enabled: lookup.enabled,
      withBody,
      onError: lookup.onError === 'Fail' ? 'fail' : 'continue',
      strict: lookup.strict,
      when: lookup.when === 'Session' ? 'session' : 'always',
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
      maxRequestBodyBytes: byteCount(capture.maxRequestBody),
      maxResponseBodyBytes: byteCount(capture.maxResponseBody),
      statuses: capture.statuses,
      redact: {
        ...(capture.redactHeadersOnly ? { headers: capture.redactHeadersOnly } : {}),
        ...(capture.redactHeaders.length > 0 ? { moreHeaders: capture.redactHeaders } : {}),
        queryParameters: capture.redactQuery,
        jsonFields: capture.redactJsonFields,
      },
      sampleRatio: ratio(capture.sample),
    },
  };
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
  return canonicalJson(sidePluginConfig(data, revisionId, data.sides[0] ?? 'Outbound'));
}

/** The configuration of one plug-in: a revision's data, seen from one side. */
export function sidePluginConfig(data: RevisionData, revisionId: string, side: Side): JsonObject {
  return {
    ...data.pluginConfig,
    revision: revisionId,
    direction: side === 'Inbound' ? 'inbound' : 'outbound',
  };
}

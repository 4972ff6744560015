import { agentKind } from '../api/names.ts';

/** Fields that `pluginConfig` gives the filter under another name than the spec has. The longer path comes first. */
const specPaths: readonly (readonly [given: string, spec: string])[] = [
  ['capture.redact.queryParameters', 'capture.redactQuery'],
  ['capture.redact.jsonFields', 'capture.redactJsonFields'],
  ['capture.redact.moreHeaders', 'capture.redactHeaders'],
  ['capture.redact.headers', 'capture.redactHeadersOnly'],
  ['capture.redact.keyEnv', 'capture.redactMarker'],
  ['capture.maxRequestBodyBytes', 'capture.maxRequestBody'],
  ['capture.maxResponseBodyBytes', 'capture.maxResponseBody'],
  ['capture.sampleRatio', 'capture.sample'],
  ['lookup.circuitBreaker.openMs', 'lookup.circuitBreaker.openFor'],
  ['lookup.holdTimeoutMs', 'lookup.holdTimeout'],
  ['lookup.enabled', 'mode'],
  ['lookup.ignoreBody', 'lookup.body'],
  ['session.member', 'backend.sessionMember'],
  ['session.bypass', 'capture.bypassInSession'],
  ['save.perSession', 'backend.savePerSession'],
  ['save.retry', 'backend.saveRetry'],
  ['save.enabled', 'mode'],
  ['backend.timeoutMs', 'backend.timeout'],
  ['backend.publicKeyEnv', 'backend.publicKeySecret'],
  ['backend.cluster', 'backend.url'],
  ['backend.authority', 'backend.url'],
  ['backend.pathPrefix', 'backend.url'],
  ['capture', 'capture'],
  ['backend', 'backend'],
  ['lookup', 'lookup'],
];

/** How the bundled filter begins its complaint: filter/assembly/config/configure.ts. */
const prefix = 'SP configuration refused: ';

/** The filter's complaint about its configuration, with the fields named as in the spec. */
export function toSpecPath(answer: string): string {
  const complaint = answer.startsWith(prefix) ? answer.slice(prefix.length) : answer;
  for (const [given, spec] of specPaths) {
    const rest = complaint.slice(given.length);
    if (complaint.startsWith(given) && /^[.[:]/.test(rest)) return `spec.${spec}${rest}`;
  }
  return complaint;
}

/** The message for the owner of an agent whose configuration the filter refuses. */
export function refusalMessage(
  agent: { readonly namespace: string; readonly name: string },
  answer: string,
): string {
  return `${agentKind} ${agent.namespace}/${agent.name}: the filter refuses its configuration: ${toSpecPath(answer)}`;
}

import { agentKind } from '../api/names.ts';

/** Where the spec has what `pluginConfig` tells the filter under another name. The longer path comes first. */
const specPaths: readonly (readonly [told: string, spec: string])[] = [
  ['capture.redact.queryParameters', 'capture.redactQuery'],
  ['capture.redact.jsonFields', 'capture.redactJsonFields'],
  ['capture.redact.headers', 'capture.redactHeaders'],
  ['capture.maxRequestBodyBytes', 'capture.maxRequestBody'],
  ['capture.maxResponseBodyBytes', 'capture.maxResponseBody'],
  ['capture.sampleRatio', 'capture.sample'],
  ['lookup.circuitBreaker.openMs', 'lookup.circuitBreaker.openFor'],
  ['lookup.holdTimeoutMs', 'lookup.holdTimeout'],
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
export function toSpecPath(said: string): string {
  const complaint = said.startsWith(prefix) ? said.slice(prefix.length) : said;
  for (const [told, spec] of specPaths) {
    const rest = complaint.slice(told.length);
    if (complaint.startsWith(told) && /^[.[:]/.test(rest)) return `spec.${spec}${rest}`;
  }
  return complaint;
}

/** What to tell the owner of an agent whose configuration the filter does not take. */
export function refusalMessage(
  agent: { readonly namespace: string; readonly name: string },
  said: string,
): string {
  return `${agentKind} ${agent.namespace}/${agent.name}: the filter refuses its configuration: ${toSpecPath(said)}`;
}

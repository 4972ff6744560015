import type { RequestKey } from '../protocol/exchange.ts';

/** The response of a mock rule. */
export interface MockResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type RuleAction =
  | { readonly action: 'mock'; readonly response: MockResponse }
  | { readonly action: 'error'; readonly status: number; readonly body: unknown }
  | { readonly action: 'passthrough' | 'capture_only' };

/** Conditions that a rule can make; one that is absent holds for every request. */
export interface RuleConditions {
  readonly direction?: string | undefined;
  readonly service?: string | undefined;
  /** With the port, as the request names it. */
  readonly host?: string | undefined;
  readonly method?: string | undefined;
  /** With the query. */
  readonly path?: string | undefined;
  readonly pathPrefix?: string | undefined;
}

export interface Rule {
  readonly priority: number;
  readonly when: RuleConditions;
  readonly then: RuleAction;
}

/** The rules of a session. */
export interface RuleSet {
  readonly sessionRules: readonly Rule[];
  /** Of the case that was loaded. */
  readonly caseRules: readonly Rule[];
  /** Whether an outbound request without a rule is refused. */
  readonly isStrict: boolean;
}

/** What a session answers to a lookup; `pass` sends the request upstream. */
export type Decision =
  | { readonly answer: 'mock'; readonly response: MockResponse }
  | { readonly answer: 'error'; readonly status: number; readonly body: unknown }
  | { readonly answer: 'pass' | 'strictMiss' };

/**
 * Decides as Softprobe's runtime does: of the rules that match, the one of highest priority; then session rules before
 * case rules before the policy; then the later one.
 */
export function decideByRules({ sessionRules, caseRules, isStrict }: RuleSet, request: RequestKey): Decision {
  // Later in this list wins.
  const layered = [...caseRules, ...sessionRules];
  let chosen: Rule | undefined;
  for (const rule of layered) {
    if (matches(rule.when, request) && rule.priority >= (chosen?.priority ?? -Infinity)) chosen = rule;
  }
  if (!chosen) return { answer: isStrict && request.direction !== 'inbound' ? 'strictMiss' : 'pass' };
  const { then } = chosen;
  switch (then.action) {
    case 'mock':
      return { answer: 'mock', response: then.response };
    case 'error':
      return { answer: 'error', status: then.status, body: then.body };
    case 'passthrough':
    case 'capture_only':
      return { answer: 'pass' };
  }
}

function matches(when: RuleConditions, request: RequestKey): boolean {
  const isEqual = (wanted: string | undefined, actual: string) => wanted === undefined || wanted === actual;
  return (
    isEqual(when.direction, request.direction) &&
    isEqual(when.service, request.service) &&
    // Host names have no case.
    isEqual(when.host?.toLowerCase(), request.host) &&
    isEqual(when.method, request.method) &&
    isEqual(when.path, request.path) &&
    (when.pathPrefix === undefined || request.path.startsWith(when.pathPrefix))
  );
}

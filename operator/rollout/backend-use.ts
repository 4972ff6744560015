import type { BackendUse } from '../api/pod.ts';
import type { ProxyStatistics } from './proxy-statistics.ts';

/** Names without `sp_agent_`; filter/assembly/state/metrics.ts has them all. */
const counters = {
  answered: ['lookup_hits', 'lookup_misses'],
  // The filter stops asking for a while when the backend does not answer.
  unanswered: ['lookup_errors_unreachable', 'lookup_errors_timeout', 'skipped_circuit_open'],
  failed: ['lookup_errors_status', 'lookup_errors_malformed'],
  unauthorized: ['backend_unauthorized'],
  saved: ['saved_spans'],
  refused: ['dropped_refused'],
  // No connection, 5xx or 429, after the last retry.
  undelivered: ['dropped_retries'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * What became of most of a filter's calls to the backend between two answers of its proxy; undefined if none ended. Without an
 * earlier answer: since the proxy started.
 */
export function backendUse(
  latest: ProxyStatistics,
  previous: ProxyStatistics | undefined,
): BackendUse | undefined {
  const since = (kind: keyof typeof counters) =>
    counters[kind].reduce((sum, name) => {
      const now = latest.backend.get(name) ?? 0;
      const before = previous?.backend.get(name) ?? 0;
      // A counter that went back belongs to a proxy that was started again.
      return sum + (now >= before ? now - before : now);
    }, 0);
  const answered = since('answered');
  const unanswered = since('unanswered');
  const failed = since('failed');
  const saved = since('saved');
  const refused = since('refused');
  const undelivered = since('undelivered');
  const successes = answered + saved;
  if (since('unauthorized') > successes) return 'Unauthorized';
  if (unanswered > answered + failed || undelivered > saved + refused) return 'Unanswered';
  if (failed > answered) return 'Failing';
  if (refused + undelivered > saved) return 'Dropping';
  return successes > 0 ? 'Answered' : undefined;
}

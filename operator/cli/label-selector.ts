import type { SpAgent } from '../api/schema.ts';

/** A selector as the API server takes it in a query, and kubectl after `-l`. */
export function labelSelector({ matchLabels }: SpAgent['spec']['selector']): string {
  return Object.entries(matchLabels)
    .map((pair) => pair.join('='))
    .join(',');
}

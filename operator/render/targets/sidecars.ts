import type { SpAgentSpec } from '../../api/schema.ts';

/** Sidecars are selected by the labels of their pods. */

/** Whether a pod with these labels gets the filter. */
export function selectsPod(
  { matchLabels }: SpAgentSpec['selector'],
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

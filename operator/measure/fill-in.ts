import type { GateQuestion } from '../api/gates.ts';
import type { MeasuredAgent } from './measurer.ts';

/**
 * A query with its variables filled in. Pods become a regular expression for use between double quotes; a dot is written `[.]`, as
 * a backslash would have to be doubled there. Names of Kubernetes hold nothing else that PromQL or RE2 could take for syntax.
 */
export function fillIn(
  query: string,
  { namespace, name }: Pick<MeasuredAgent, 'namespace' | 'name'>,
  { revision, stableRevision = '', canaryPods }: GateQuestion,
): string {
  const values: Readonly<Record<string, string>> = {
    namespace,
    agent: name,
    revision,
    stableRevision,
    pods: canaryPods.map((pod) => pod.replaceAll('.', '[.]')).join('|'),
  };
  // One pass: what is filled in is not looked at again.
  return query.replaceAll(/\{\{([A-Za-z]+)\}\}/g, (variable, key: string) => values[key] ?? variable);
}

import type { Workload } from '../../api/workload.ts';
import type { JudgeContext } from '../context.ts';

/** `Deployment shop/checkout` */
export function workloadName(
  { kind, name }: Pick<Workload, 'kind' | 'name'>,
  { snapshot }: Pick<JudgeContext, 'snapshot'>,
): string {
  return `${kind} ${snapshot.agent.namespace}/${name}`;
}

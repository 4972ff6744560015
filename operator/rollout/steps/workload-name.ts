import type { Workload } from '../../api/workload.ts';
import type { RolloutContext } from '../context.ts';

/** `Deployment shop/checkout` */
export function workloadName(
  { kind, name }: Pick<Workload, 'kind' | 'name'>,
  { snapshot }: Pick<RolloutContext, 'snapshot'>,
): string {
  return `${kind} ${snapshot.agent.namespace}/${name}`;
}

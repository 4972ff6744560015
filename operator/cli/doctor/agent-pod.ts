import type { SpAgent } from '../../api/schema.ts';
import type { SelectedPod } from '../pods.ts';

/** A pod, and the agent that selects it. */
export interface AgentPod extends SelectedPod {
  readonly agent: SpAgent;
}

/** `shop/checkout-1` */
export function podName({ agent: { namespace }, name }: AgentPod): string {
  return `${namespace}/${name}`;
}

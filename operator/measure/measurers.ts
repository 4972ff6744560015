import type { Gate } from '../api/gate-schema.ts';
import { prometheusKind } from './prometheus.ts';
import { proxiesKind } from './proxies.ts';
import type { MeasureContext, MeasuredAgent, MeasuredKind, Measurer } from './measurer.ts';
import { webhookKind } from './webhook.ts';

const kinds: readonly MeasuredKind[] = [proxiesKind, prometheusKind, webhookKind];

export function startMeasurer(
  gate: Gate,
  agent: MeasuredAgent,
  context: MeasureContext,
): Measurer | undefined {
  for (const kind of kinds) {
    const measurer = kind.start(gate, agent, context);
    if (measurer !== undefined) return measurer;
  }
  return undefined;
}

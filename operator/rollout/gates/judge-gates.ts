import type { Gate } from '../../api/gate-schema.ts';
import type { GateQuestion, GateResult, GateSample, GateSamples } from '../../api/gates.ts';
import type { Judgement } from './judgement.ts';
import { judgePrometheus, longestPrometheusPause } from './prometheus.ts';
import { judgeProxies } from './proxies.ts';
import { judgeWebhook } from './webhook.ts';

/** Seconds after which what proxies counted says nothing about now. They are asked every few seconds. */
const proxiesHoldSeconds = 60;

/**
 * Judges each gate of a spec by what was measured for the step that began at `since`. Pure. What is missing, outdated or
 * measured for another step is Inconclusive.
 * @param now milliseconds since the epoch.
 */
export function judgeGates(
  gates: readonly Gate[],
  {
    samples,
    since,
  }: Pick<GateQuestion, 'since'> & { readonly samples: Pick<GateSamples, 'since' | 'byGate'> | undefined },
  now: number,
): readonly GateResult[] {
  const byGate = samples?.since === since ? samples.byGate : undefined;
  return gates.map((gate) => ({ name: gate.name, ...judge(gate, byGate?.get(gate.name), now) }));
}

/** The verdict of all gates together: the worst one. Without gates: Pass. */
export function worstVerdict(results: readonly GateResult[]): GateResult['verdict'] {
  const found = new Set(results.map(({ verdict }) => verdict));
  if (found.has('Fail')) return 'Fail';
  return found.has('Inconclusive') ? 'Inconclusive' : 'Pass';
}

/** To add a kind of gate, write its judge in a file beside this one, and its line here. */
function judge(gate: Gate, sample: GateSample | undefined, now: number): Judgement {
  const { proxies, prometheus, webhook } = gate;
  if (proxies !== undefined && sample?.kind === 'Proxies')
    return fresh(sample, { now, seconds: proxiesHoldSeconds }) ?? judgeProxies(proxies, sample);
  if (prometheus !== undefined && sample?.kind === 'Prometheus') {
    const seconds = longestPrometheusPause(prometheus);
    return fresh(sample, { now, seconds }) ?? judgePrometheus(prometheus, sample);
  }
  // Its answer holds for the step.
  if (webhook !== undefined && sample?.kind === 'Webhook') return judgeWebhook(sample);
  return { verdict: 'Inconclusive', message: 'not measured yet' };
}

function fresh(
  { at }: GateSample,
  { now, seconds }: { readonly now: number; readonly seconds: number },
): Judgement | undefined {
  if (now - at <= seconds * 1000) return undefined;
  return { verdict: 'Inconclusive', message: `the last measurement is more than ${seconds} s old` };
}

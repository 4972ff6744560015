import type { Gate } from '../../api/gate-schema.ts';
import type { PrometheusSample } from '../../api/gates.ts';
import { durationSeconds } from '../../api/units.ts';
import type { Judgement } from './judgement.ts';

type PrometheusGate = NonNullable<Gate['prometheus']>;

/** Passes while the last value is within its bounds; fails when `failureLimit` values in a row are not. */
export function judgePrometheus(gate: PrometheusGate, { values, problem }: PrometheusSample): Judgement {
  const last = values.at(-1);
  if (last === undefined) {
    return { verdict: 'Inconclusive', message: problem ?? 'the query has not been answered yet' };
  }
  const measured = { value: String(Number(last.toPrecision(6))), limit: limitText(gate) };
  const recent = values.slice(-gate.failureLimit);
  if (recent.length === gate.failureLimit && !recent.some((value) => isWithin(gate, value))) {
    const message = `the query gives ${measured.value}, where ${measured.limit} is asked for`;
    return { verdict: 'Fail', ...measured, message };
  }
  if (problem !== undefined) return { verdict: 'Inconclusive', ...measured, message: problem };
  if (isWithin(gate, last))
    return { verdict: 'Pass', ...measured, message: 'the query is within its bounds' };
  const message = `out of bounds; the gate fails after ${gate.failureLimit} in a row`;
  return { verdict: 'Inconclusive', ...measured, message };
}

/** Seconds for which a measurement holds: one or two may be missed. */
export function longestPrometheusPause({ interval }: PrometheusGate): number {
  return 3 * durationSeconds(interval) + 30;
}

function isWithin({ max, min }: PrometheusGate, value: number): boolean {
  return (max === undefined || value <= max) && (min === undefined || value >= min);
}

function limitText({ max, min }: PrometheusGate): string {
  const parts = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`];
  return parts.filter((part) => part !== '').join(' and ');
}

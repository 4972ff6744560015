import type { Gate } from '../../api/gate-schema.ts';
import type { ProxiesSample, ProxyTotals } from '../../api/gates.ts';
import { ratio } from '../../api/units.ts';
import type { Judgement } from './judgement.ts';

type ProxiesGate = NonNullable<Gate['proxies']>;

/** One thing that may get worse with a revision. */
interface Comparison {
  /** `requests`, in `2% of the requests failed`. */
  readonly what: string;
  readonly verb: string;
  readonly all: keyof ProxyTotals;
  readonly bad: keyof ProxyTotals;
  /** Without enough of it the gate waits. What only our filter counts may be absent. */
  readonly isRequired: boolean;
}

const comparisons: readonly Comparison[] = [
  { what: 'requests', verb: 'failed', all: 'requests', bad: 'failedRequests', isRequired: true },
  { what: 'lookups', verb: 'failed', all: 'lookups', bad: 'failedLookups', isRequired: false },
  {
    what: 'recordings',
    verb: 'were dropped',
    all: 'recordings',
    bad: 'droppedRecordings',
    isRequired: false,
  },
];

/** Compares pods with the new revision with those without it, over the same time. */
export function judgeProxies(gate: ProxiesGate, sample: ProxiesSample): Judgement {
  const { canary, stable, problem } = sample;
  if (canary.restarts > 0 && stable.restarts === 0) {
    return { verdict: 'Fail', message: 'the proxy of a pod with the new revision was started again' };
  }
  const judged = comparisons.flatMap((comparison) => compare(comparison, gate, sample) ?? []);
  const worst =
    judged.find(({ verdict }) => verdict === 'Fail') ??
    judged.find(({ verdict }) => verdict === 'Inconclusive') ??
    judged[0];
  if (worst === undefined || (problem !== undefined && worst.verdict === 'Pass')) {
    return { verdict: 'Inconclusive', message: problem ?? 'the proxies have not answered yet' };
  }
  return worst;
}

/** @returns undefined where there is nothing to compare, and nothing to wait for. */
function compare(
  { what, verb, all, bad, isRequired }: Comparison,
  { maxErrorIncrease, minRequests }: ProxiesGate,
  { canary, stable }: ProxiesSample,
): Judgement | undefined {
  if (canary[all] < minRequests) {
    const message = `pods with the new revision have handled fewer than ${minRequests} ${what}`;
    return isRequired ? { verdict: 'Inconclusive', message } : undefined;
  }
  const share = canary[bad] / canary[all];
  const increase = ratio(maxErrorIncrease);
  const value = percent(share);
  const found = `${value} of the ${what} ${verb} in pods with the new revision`;
  // It has not increased by more, whatever the share is elsewhere.
  if (share <= increase)
    return { verdict: 'Pass', value, limit: `at most ${maxErrorIncrease}`, message: found };
  if (stable[all] < minRequests) {
    const message = `${found}, and the other pods have handled too few ${what} to compare`;
    return isRequired ? { verdict: 'Inconclusive', value, message } : undefined;
  }
  const usual = stable[bad] / stable[all];
  const limit = `at most ${percent(usual + increase)}`;
  const message = `${found}, and ${percent(usual)} in the others`;
  return { verdict: share - usual > increase ? 'Fail' : 'Pass', value, limit, message };
}

/** In steps of a tenth of a percent, so that the status does not change with each request. */
function percent(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}

import assert from 'node:assert/strict';
import { gatesSchema } from '../../../operator/api/gate-schema.ts';
import type { GateResult, GateSample, ProxyTotals } from '../../../operator/api/gates.ts';
import { judgeGates, worstVerdict } from '../../../operator/rollout/gates/judge-gates.ts';
import { at, start } from '../../support/rollout.ts';

const since = at(0);

/** The verdict on one gate by one sample. */
function judge(gate: object, sample: GateSample | undefined, now = start): GateResult {
  const gates = gatesSchema.parse([{ name: 'errors', ...gate }]);
  const byGate = new Map(sample ? [['errors', sample]] : []);
  const [result] = judgeGates(gates, { samples: { since, byGate }, since }, now);
  assert.ok(result);
  return result;
}

const nothing: ProxyTotals = {
  requests: 0,
  failedRequests: 0,
  lookups: 0,
  failedLookups: 0,
  recordings: 0,
  droppedRecordings: 0,
  restarts: 0,
};

function counted(canary: Partial<ProxyTotals>, stable: Partial<ProxyTotals> = {}): GateSample {
  return {
    kind: 'Proxies',
    at: start,
    problem: undefined,
    canary: { ...nothing, ...canary },
    stable: { ...nothing, ...stable },
  };
}

const proxies = { proxies: { maxErrorIncrease: '1%', minRequests: 50 } };

describe('a gate', () => {
  it('that was not measured is inconclusive', () => {
    const { verdict, message } = judge(proxies, undefined);
    assert.deepEqual([verdict, message], ['Inconclusive', 'not measured yet']);
  });

  it('that was measured for another step is inconclusive', () => {
    const samples = { since: at(-60), byGate: new Map([['errors', counted({ requests: 100 })]]) };
    const gates = gatesSchema.parse([{ name: 'errors', ...proxies }]);
    const [result] = judgeGates(gates, { samples, since }, start);
    assert.equal(result?.verdict, 'Inconclusive');
  });

  it('whose sample is of another kind is inconclusive', () => {
    const gates = {
      Proxies: proxies,
      Webhook: { webhook: { url: 'http://checks' } },
      Prometheus: { prometheus: { address: 'http://prometheus', query: 'errors', max: 1 } },
    };
    const samples: readonly GateSample[] = [
      counted({ requests: 100 }),
      { kind: 'Webhook', at: start, status: 200, problem: undefined },
      { kind: 'Prometheus', at: start, values: [0], problem: undefined },
    ];
    for (const [kind, gate] of Object.entries(gates)) {
      for (const sample of samples) {
        const { verdict } = judge(gate, sample);
        assert.equal(verdict, sample.kind === kind ? 'Pass' : 'Inconclusive', `${kind}, ${sample.kind}`);
      }
    }
  });

  it('whose server gave no answer is inconclusive, and says why', () => {
    const sample: GateSample = { kind: 'Webhook', at: start, status: undefined, problem: 'refused' };
    const { verdict, message } = judge({ webhook: { url: 'http://checks' } }, sample);
    assert.deepEqual([verdict, message], ['Inconclusive', 'refused']);
  });

  it('whose measurement is old is inconclusive', () => {
    const sample = counted({ requests: 100 });
    assert.equal(judge(proxies, sample, start + 60_000).verdict, 'Pass');
    assert.equal(judge(proxies, sample, start + 60_001).verdict, 'Inconclusive');
  });

  it('decides with the others by the worst verdict', () => {
    const results = (...verdicts: GateResult['verdict'][]) =>
      verdicts.map((verdict) => ({ name: 'x', verdict, message: '' }));
    assert.equal(worstVerdict([]), 'Pass');
    assert.equal(worstVerdict(results('Pass', 'Pass')), 'Pass');
    assert.equal(worstVerdict(results('Pass', 'Inconclusive')), 'Inconclusive');
    assert.equal(worstVerdict(results('Inconclusive', 'Fail', 'Pass')), 'Fail');
  });
});

describe('the gate proxies', () => {
  const cases: readonly (readonly [string, GateSample, GateResult['verdict'], RegExp])[] = [
    [
      'waits until pods with the new revision have handled enough requests',
      counted({ requests: 49, failedRequests: 49 }, { requests: 1000 }),
      'Inconclusive',
      /new revision have handled fewer than 50 requests/,
    ],
    [
      'passes where no more fail than may be added, whatever the others did',
      counted({ requests: 100, failedRequests: 1 }),
      'Pass',
      /1% of the requests failed/,
    ],
    [
      'waits where more fail and the others have too few requests to compare',
      counted({ requests: 100, failedRequests: 50 }, { requests: 49 }),
      'Inconclusive',
      /too few requests to compare/,
    ],
    [
      'fails where more requests fail than in the other pods',
      counted({ requests: 100, failedRequests: 6 }, { requests: 1000, failedRequests: 40 }),
      'Fail',
      /6% of the requests failed in pods with the new revision, and 4% in the others/,
    ],
    [
      'passes where as many fail in the other pods',
      counted({ requests: 100, failedRequests: 20 }, { requests: 1000, failedRequests: 195 }),
      'Pass',
      /20% .* 19\.5% in the others/,
    ],
    [
      'fails where the proxy of a new pod was started again',
      counted({ requests: 100, restarts: 1 }, { requests: 1000 }),
      'Fail',
      /started again/,
    ],
    [
      'does not blame the revision for restarts where other proxies restart too',
      counted({ requests: 100, restarts: 1 }, { requests: 1000, restarts: 1 }),
      'Pass',
      /0% of the requests failed/,
    ],
    [
      'fails where more lookups fail',
      counted(
        { requests: 100, lookups: 100, failedLookups: 90 },
        { requests: 100, lookups: 100, failedLookups: 0 },
      ),
      'Fail',
      /90% of the lookups failed/,
    ],
    [
      'fails where more recordings are dropped',
      counted({ requests: 100, recordings: 100, droppedRecordings: 50 }, { requests: 100, recordings: 60 }),
      'Fail',
      /50% of the recordings were dropped/,
    ],
    [
      'leaves out failed lookups where the other pods have no filter to compare with',
      counted({ requests: 100, lookups: 100, failedLookups: 90 }, { requests: 100 }),
      'Pass',
      /0% of the requests failed/,
    ],
  ];
  for (const [title, sample, verdict, message] of cases) {
    it(title, () => {
      const result = judge(proxies, sample);
      assert.equal(result.verdict, verdict);
      assert.match(result.message, message);
    });
  }

  it('does not pass while some proxies cannot be asked, and fails all the same', () => {
    const problem = 'pod checkout-1: its proxy cannot be asked';
    const waiting = judge(proxies, { ...counted({ requests: 100 }), problem });
    assert.deepEqual([waiting.verdict, waiting.message], ['Inconclusive', problem]);
    const failed = counted({ requests: 100, failedRequests: 100 }, { requests: 100 });
    assert.equal(judge(proxies, { ...failed, problem }).verdict, 'Fail');
  });
});

describe('the gate prometheus', () => {
  const gate = { prometheus: { address: 'http://prometheus', query: 'up', max: 0.25, failureLimit: 2 } };
  const measured = (values: readonly number[], problem?: string): GateSample => ({
    kind: 'Prometheus',
    at: start,
    problem,
    values,
  });

  it('passes within its bounds', () => {
    const { verdict, value, limit } = judge(gate, measured([0.9, 0.2]));
    assert.deepEqual([verdict, value, limit], ['Pass', '0.2', 'at most 0.25']);
  });

  it('waits out of its bounds, and fails after as many in a row as failureLimit names', () => {
    assert.equal(judge(gate, measured([0.9])).verdict, 'Inconclusive');
    assert.equal(judge(gate, measured([0.2, 0.9])).verdict, 'Inconclusive');
    assert.equal(judge(gate, measured([0.9, 0.26])).verdict, 'Fail');
  });

  it('holds a value to both bounds', () => {
    const between = { prometheus: { address: 'http://prometheus', query: 'up', min: 1, max: 2 } };
    const verdicts = [0.9, 1, 2, 2.1].map((value) => judge(between, measured([value])).verdict);
    assert.deepEqual(verdicts, ['Fail', 'Pass', 'Pass', 'Fail']);
    assert.equal(judge(between, measured([1])).limit, 'at least 1 and at most 2');
  });

  it('is inconclusive without a result, with the reason', () => {
    const { verdict, message } = judge(gate, measured([], 'the query gives no series'));
    assert.deepEqual([verdict, message], ['Inconclusive', 'the query gives no series']);
    assert.equal(judge(gate, measured([0.1, 0.1], 'no connection')).verdict, 'Inconclusive');
  });

  it('is inconclusive when the last measurement is older than three intervals and half a minute', () => {
    assert.equal(judge(gate, measured([0.1]), start + 120_000).verdict, 'Pass');
    assert.equal(judge(gate, measured([0.1]), start + 120_001).verdict, 'Inconclusive');
  });
});

describe('the gate webhook', () => {
  const gate = { webhook: { url: 'http://checks.shop/verify' } };
  const verdictOf = (status: number | undefined, now?: number) =>
    judge(gate, { kind: 'Webhook', at: start, problem: undefined, status }, now).verdict;

  it('passes with 2xx, fails with 4xx, and waits with everything else', () => {
    assert.deepEqual(
      [200, 204, 299].map((status) => verdictOf(status)),
      ['Pass', 'Pass', 'Pass'],
    );
    assert.deepEqual(
      [400, 404, 499].map((status) => verdictOf(status)),
      ['Fail', 'Fail', 'Fail'],
    );
    const other = [undefined, 300, 302, 500, 503].map((status) => verdictOf(status));
    assert.deepEqual(new Set(other), new Set(['Inconclusive']));
  });

  it('keeps its answer for the step', () => {
    assert.equal(verdictOf(200, start + 86_400_000), 'Pass');
  });
});

import assert from 'node:assert/strict';
import { backendUse } from '../../operator/rollout/backend-use.ts';
import { StatisticsReader } from '../../operator/rollout/proxy-statistics.ts';

function counters(values: Readonly<Record<string, number>>) {
  const reader = new StatisticsReader([]);
  for (const [name, value] of Object.entries(values)) reader.read(`sp_agent_${name}{} ${value}`);
  return reader.result(0);
}

const useOf = (values: Readonly<Record<string, number>>) => backendUse(counters(values), undefined);

describe("A filter's use of its backend", () => {
  it('is unknown as long as no call has ended', () => {
    assert.equal(useOf({}), undefined);
    assert.equal(useOf({ lookup_hits: 0, bypassed: 7 }), undefined);
  });

  it('is Answered where most calls are', () => {
    assert.equal(useOf({ lookup_misses: 10, lookup_errors_timeout: 3 }), 'Answered');
    assert.equal(useOf({ saved_spans: 10, dropped_retries: 1 }), 'Answered');
  });

  it('is Unanswered where lookups find no backend, or so many failed that none is sent', () => {
    assert.equal(useOf({ lookup_hits: 1, lookup_errors_unreachable: 2 }), 'Unanswered');
    assert.equal(useOf({ lookup_errors_timeout: 2, saved_spans: 90 }), 'Unanswered');
    assert.equal(useOf({ skipped_circuit_open: 4 }), 'Unanswered');
    assert.equal(useOf({ dropped_retries: 3, saved_spans: 1 }), 'Unanswered');
  });

  it('is Unauthorized where the key is refused', () => {
    assert.equal(
      useOf({ backend_unauthorized: 4, lookup_errors_status: 3, dropped_refused: 1 }),
      'Unauthorized',
    );
  });

  it('is not Unauthorized where more calls succeed, of lookups and recordings together', () => {
    assert.equal(useOf({ backend_unauthorized: 3, lookup_hits: 2, saved_spans: 2 }), 'Answered');
  });

  it('is Failing where the backend answers errors, and Dropping where it accepts no recordings', () => {
    assert.equal(useOf({ lookup_errors_status: 2, lookup_errors_malformed: 1, lookup_hits: 2 }), 'Failing');
    assert.equal(useOf({ lookup_misses: 9, dropped_refused: 2, saved_spans: 1 }), 'Dropping');
  });

  it('is judged by what came since the answer before, also when the proxy was started again', () => {
    const before = counters({ lookup_errors_unreachable: 500, lookup_misses: 10 });
    const recovered = counters({ lookup_errors_unreachable: 500, lookup_misses: 12 });
    assert.equal(backendUse(recovered, before), 'Answered');
    assert.equal(backendUse(before, before), undefined);
    assert.equal(backendUse(counters({ lookup_misses: 2 }), before), 'Answered');
  });
});

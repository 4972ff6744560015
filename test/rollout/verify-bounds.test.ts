import assert from 'node:assert/strict';
import { ids } from '../support/rollout.ts';
import {
  now,
  expected,
  plugin,
  runs,
  conversions,
  statistics,
  verdict,
  verdictOnLast,
  causeOf,
} from '../support/proxy-answers.ts';

describe('A thread of a proxy is silent', () => {
  /** Three threads whose last ticks are so many seconds ago, all together. */
  const answer = (silence: number) =>
    statistics(expected, [plugin(ids.b), runs(ids.b, { ticksAt: [now, now, now - silence] })]);

  it('when their last ticks are more than 2 s for each and 15 s ago together', () => {
    assert.equal(verdictOnLast(expected, answer(21)).state, 'Verified');
    assert.equal(causeOf(verdictOnLast(expected, answer(22))), 'Unclear');
  });

  it('and has stopped when the next answer shows at least as much', () => {
    assert.equal(causeOf(verdictOnLast(expected, answer(30), answer(30))), 'Stopped');
    assert.equal(causeOf(verdictOnLast(expected, answer(30), answer(29))), 'Unclear');
    assert.equal(causeOf(verdictOnLast(expected, answer(21), answer(30))), 'Unclear');
    const absent = statistics(expected, [plugin(ids.b)]);
    assert.equal(causeOf(verdictOnLast(expected, absent, answer(30))), 'Unclear');
  });
});

describe('A filter is configured in every thread', () => {
  it('when it has one more context than the proxy has workers: that of the main thread', () => {
    const withContexts = (contexts: number) => verdict(expected, plugin(ids.b), runs(ids.b, { contexts }));
    assert.equal(withContexts(3).state, 'Verified');
    const found = withContexts(2);
    assert.equal(causeOf(found), 'NotConfigured');
    assert.match(
      'message' in found ? found.message : '',
      /^its proxy has loaded revision b+, but does not run it in every thread;/,
    );
  });

  it('and one context at least, where Envoy does not name plug-ins', () => {
    assert.equal(causeOf(verdict(expected, runs(ids.b, { contexts: 0, ticksAt: [] }))), 'Unclear');
  });
});

describe('A plug-in was given up by a switched proxy', () => {
  const switched = { ...expected, isSwitched: true };
  const machines = (created: number, active: number) => [
    plugin(ids.a),
    conversions('success', 1),
    `envoy_wasm_envoy_wasm_runtime_v8_created{} ${created}`,
    `envoy_wasm_envoy_wasm_runtime_v8_active{} ${active}`,
  ];

  it('when it has ended more machines than it has plug-ins, beyond those it had ended before', () => {
    const first = statistics(switched, machines(3, 3));
    const on = (created: number) =>
      causeOf(verdictOnLast(switched, first, first, statistics(switched, machines(created, 3))));
    assert.deepEqual([on(4), on(5)], ['Unclear', 'NotConfigured']);
  });
});

describe('Of several revisions in a proxy', () => {
  const all = (
    own: Parameters<typeof runs>[1],
    others: Readonly<Record<string, Parameters<typeof runs>[1]>>,
    seconds = 0,
  ) => {
    const ticksAt = [now + seconds, now + seconds, now + seconds];
    return statistics(
      expected,
      [
        plugin(ids.b),
        runs(ids.b, { ticksAt, ...own }),
        ...Object.entries(others).map(([id, parts]) => runs(id, { ticksAt, ...parts })),
      ],
      now + seconds,
    );
  };

  it('the one that was configured last counts, and not one of which another is younger', () => {
    const [a, c] = [{ configuredAt: now - 50 }, { configuredAt: now - 5 }];
    const found = (configuredAt: number) =>
      verdictOnLast(expected, all({ configuredAt }, { [ids.a]: a, [ids.c]: c }));
    assert.equal(found(now - 4).state, 'Verified');
    const between = found(now - 10);
    assert.equal(causeOf(between), 'Unclear');
    assert.match('message' in between ? between.message : '', /^its proxy runs revision [ac]+ too$/);
  });

  it('requests of any of the others speak against it', () => {
    const configured = { configuredAt: now - 50 };
    const before = all(configured, { [ids.a]: {}, [ids.c]: {} });
    const after = (requests: number) =>
      all({ ...configured, requests: 5 }, { [ids.a]: {}, [ids.c]: { requests } }, 2);
    assert.equal(verdictOnLast(expected, before, after(0)).state, 'Verified');
    const young = { configuredAt: now - 1 };
    const first = all(configured, { [ids.a]: young, [ids.c]: {} });
    const last = all({ ...configured, requests: 5 }, { [ids.a]: young, [ids.c]: { requests: 1 } }, 2);
    assert.equal(causeOf(verdictOnLast(expected, first, last)), 'Unclear');
  });

  it('a counter that went back has counted nothing', () => {
    const own = { configuredAt: now - 50, requests: 9 };
    const young = { configuredAt: now - 1 };
    const found = verdictOnLast(
      expected,
      all(own, { [ids.a]: { ...young, requests: 9 } }),
      all({ ...own, requests: 12 }, { [ids.a]: { ...young, requests: 4 } }, 2),
    );
    assert.equal(found.state, 'Verified');
  });
});

describe('A module without a name in its proxy', () => {
  const foreign = { ...expected, reportsRevision: false };
  const active = (count: number) => `envoy_wasm_envoy_wasm_runtime_v8_active{} ${count}`;

  it('is loaded where one machine runs and one module was handed over', () => {
    assert.equal(verdict(foreign, active(1), conversions('success', 1)).state, 'Loaded');
    assert.equal(causeOf(verdict(foreign, active(0), conversions('success', 1))), 'Unclear');
    assert.equal(causeOf(verdict(foreign, active(1))), 'Unclear');
  });

  it('was given up where no machine runs in two answers, and not where one of another filter does', () => {
    const answer = (...more: string[]) => statistics(expected, [conversions('success', 1), ...more]);
    assert.equal(causeOf(verdictOnLast(expected, answer(), answer())), 'NotConfigured');
    assert.equal(causeOf(verdictOnLast(expected, answer(), answer(active(1)))), 'Unclear');
    assert.equal(causeOf(verdictOnLast(expected, answer(), answer(plugin(ids.a)))), 'Unclear');
  });
});

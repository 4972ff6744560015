import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../hack/tools/run.ts';
import { tool } from '../../hack/tools/tool.ts';

const rules = fileURLToPath(new URL('../../charts/alerts.yaml', import.meta.url));

/** Series → its values, one for each minute: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
type Series = Readonly<Record<string, string>>;

/** Alert → series that raise it and, by the same name, series that do not. */
const cases: Readonly<Record<string, { readonly bad: Series; readonly good: Series }>> = {
  SpAgentNotReady: {
    bad: { 'spagent_agents{ready="False"}': '1x30' },
    good: { 'spagent_agents{ready="True"}': '5x30', 'spagent_agents{ready="False"}': '1x5 0x25' },
  },
  // The operator is gone, and its metrics with it.
  SpAgentNoLeader: {
    bad: { 'leader_election_master_status{name="sp-agent",pod="a"}': '1x5 stale' },
    good: {
      'leader_election_master_status{name="sp-agent",pod="a"}': '0x30',
      'leader_election_master_status{name="sp-agent",pod="b"}': '1x30',
    },
  },
  SpAgentWatchStale: {
    bad: { 'spagent_watch_stale_seconds{kind="Pod"}': '0+60x30' },
    good: { 'spagent_watch_stale_seconds{kind="Pod"}': '61x30' },
  },
  SpAgentReconcileErrors: {
    bad: { 'controller_runtime_reconcile_errors_total{controller="spagent"}': '0+1x30' },
    good: { 'controller_runtime_reconcile_errors_total{controller="spagent"}': '4x30' },
  },
  SpAgentRolledBack: {
    bad: { 'spagent_rollouts{state="RolledBack"}': '1x30' },
    good: { 'spagent_rollouts{state="Complete"}': '1x30' },
  },
  SpAgentRollbackSlow: {
    bad: { 'spagent_rollouts{state="RollingBack"}': '1x30' },
    good: { 'spagent_rollouts{state="RollingBack"}': '1x5 0x25' },
  },
  SpAgentRolloutHeld: {
    bad: { 'spagent_rollouts{state="Held"}': '1x30' },
    good: { 'spagent_rollouts{state="Paused"}': '1x30' },
  },
  SpAgentGateInconclusive: {
    bad: { 'spagent_gate_info{namespace="shop",name="cart",gate="errors",verdict="Inconclusive"}': '1x30' },
    good: { 'spagent_gate_info{namespace="shop",name="cart",gate="errors",verdict="Pass"}': '1x30' },
  },
  SpAgentRolloutsQueued: {
    bad: { spagent_rollouts_queued: '2x120' },
    good: { spagent_rollouts_queued: '2x60 0x60' },
  },
  SpAgentRecordingsLost: {
    bad: { 'sp_agent_dropped_retries{namespace="shop",pod="cart-1"}': '0+1x30' },
    good: { 'sp_agent_dropped_retries{namespace="shop",pod="cart-1"}': '3x30' },
  },
};

describe('the alerts of the chart, by promtool', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-alerts-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function promtool(...args: string[]): Promise<string> {
    return run([await tool('promtool'), ...args], { timeoutSeconds: 60 });
  }

  /** @param count of alerts that fire at the end of the series. */
  async function expectFiring(alert: string, series: Series, count: 0 | 1): Promise<void> {
    const minutes = alert === 'SpAgentRolloutsQueued' ? 120 : 30;
    const firing = {
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
      eval_time: `${minutes}m`,
      exp_samples: [{ labels: '{}', value: count }],
    };
    const test = {
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [firing],
    };
    const file = join(directory, `${alert}.json`);
    await writeFile(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }));
    await promtool('test', 'rules', file);
  }

  it('are valid, and each has a case below', async () => {
    const found = await promtool('check', 'rules', '--lint=all', '--lint-fatal', rules);
    assert.match(found, new RegExp(`SUCCESS: ${Object.keys(cases).length} rules found`));
  });

  for (const [alert, { bad, good }] of Object.entries(cases)) {
    it(`${alert} fires where it should, and not where all is well`, async () => {
      await expectFiring(alert, bad, 1);
      await expectFiring(alert, good, 0);
    });
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createMetrics } from '../../operator/controller/metrics.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

describe("the chart's Grafana dashboard", () => {
  it('asks for metrics alone that the operator has', async () => {
    const file = new URL('../../charts/dashboards/sp-agent.json', import.meta.url);
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
    const { registry } = createMetrics({
      queueDepth: () => 0,
      runningSeconds: () => [],
      watchStaleness: () => [],
      agentsByReady: () => new Map(),
      agents: () => [],
      isLeader: () => true,
      rolloutsByState: () => new Map(),
      gates: () => [],
      motion: () => ({ inMotion: 0, limit: 0, queued: 0 }),
    });
    const known = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const [, name = ''] =
          /\b((?:spagent|controller_runtime|workqueue|rest_client|leader_election)_\w+)/.exec(expr) ?? [];
        assert.ok(known.includes(name.replace(/_bucket$/, '')), `${title}: ${expr}`);
      }
    }
  });
});

import assert from 'node:assert/strict';
import type { SpAgent } from '../../operator/api/schema.ts';
import { tableText } from '../../operator/cli/print.ts';
import { ageText } from '../../operator/cli/view/age.ts';
import { agentLine, agentTable, isReady, wideAgentTable } from '../../operator/cli/view/agents.ts';
import { diagnosisText, findingOf } from '../../operator/cli/view/diagnosis.ts';
import { historyTable } from '../../operator/cli/view/history.ts';
import type { Table } from '../../operator/cli/view/table.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { assertGolden } from '../support/golden.ts';

const now = Date.parse('2026-01-02T05:00:00Z');
const plain = (_tone: string, text: string) => text;
const golden = (name: string) => new URL(`../golden/cli/${name}.txt`, import.meta.url);
const textOf = (tables: readonly Table[]) => tables.map((table) => tableText(table, plain)).join('\n');

const condition = (type: string, status: 'True' | 'False', reason: string) => ({
  type,
  status,
  reason,
  message: 'every workload runs revision 82986c7439c2',
  lastTransitionTime: '2026-01-02T04:58:00Z',
  observedGeneration: 1,
});
const fresh = agentOf(minimalSpec);
const healthy: SpAgent = {
  ...fresh,
  status: {
    conditions: [condition('Progressing', 'False', 'RolloutComplete'), condition('Ready', 'True', 'Healthy')],
    pods: '3/3',
    revisionNumber: 4,
    filter: {
      digest: '9f2c41d07a3e'.padEnd(64, '0'),
      shortDigest: '9f2c41d07a3e',
      sizeBytes: 50_000,
      source: 'bundled source',
      url: 'http://sp-agent.sp-system.svc:8080/filters/9f2c.wasm',
    },
    workloads: [{ kind: 'Deployment', name: 'cart', desired: 3, updated: 3, ready: 3, verified: 3 }],
  },
};

describe('views of the command line', () => {
  it('list agents as kubectl does', () => {
    const broken = {
      ...healthy,
      name: 'a-longer-name',
      status: { conditions: [condition('Ready', 'False', 'RolledBack')] },
    };
    assertGolden(golden('table-agents'), textOf([agentTable([fresh, healthy, broken], now)]));
  });

  it('list agents with their source and message on request', () => {
    assertGolden(golden('table-agents-wide'), textOf([wideAgentTable([fresh, healthy], now)]));
  });

  it('show an agent in one line', () => {
    assert.equal(agentLine(healthy), 'shop/checkout Healthy 3/3 every workload runs revision 82986c7439c2');
    assert.equal(agentLine(fresh), 'shop/checkout Unknown - ');
  });

  it('show a history', () => {
    const entry = { digest: 'a'.repeat(64), createdAt: '2026-01-01T05:00:00Z' };
    const history = [
      {
        ...entry,
        revision: 'bbbbbbbbbbbb',
        revisionNumber: 2,
        outcome: 'Failed' as const,
        message: 'too late',
        change: 'module, capture.rules',
      },
      { ...entry, revision: 'aaaaaaaaaaaa', revisionNumber: 1, outcome: 'Stable' as const },
    ];
    assertGolden(golden('table-history'), textOf([historyTable(history, now)]));
  });

  it('call an agent ready for the current spec only', () => {
    assert.ok(isReady(healthy));
    assert.ok(!isReady({ ...healthy, generation: 2 }));
    assert.ok(!isReady(fresh));
  });

  it('say age in the largest unit that fits', () => {
    const ages = [0, 59, 60, 3599, 3600, 86_399, 86_400, 864_000];
    assert.deepEqual(
      ages.map((seconds) => ageText(new Date(now - seconds * 1000).toISOString(), now)),
      ['0s', '59s', '1m', '59m', '1h', '23h', '1d', '10d'],
    );
  });

  it('put the remedy below the problem', () => {
    const istio = { code: 'SP003', name: 'Istio' };
    const bad = findingOf(istio, { state: 'Bad', message: 'missing', remedy: 'install it' });
    const text = diagnosisText(bad, plain);
    assert.equal(text, '✗ Istio: missing\n  → install it (docs/troubleshooting.md#sp003)\n');
    assert.equal(
      diagnosisText(findingOf(istio, { state: 'Good', message: 'here' }), plain),
      '✓ Istio: here\n',
    );
  });

  it('paint cells without moving the columns', () => {
    const table: Table = {
      columns: ['A', 'B'],
      rows: [
        [{ text: 'x', tone: 'good' }, 'y'],
        ['long', 'z'],
      ],
    };
    assert.equal(
      tableText(table, (tone, text) => (tone === 'good' ? `<${text}>` : text)),
      'A      B\n<x>      y\nlong   z\n',
    );
  });

  it('align columns after characters that take two places', () => {
    const table: Table = {
      columns: ['MESSAGE', 'B'],
      rows: [
        ['日本語です', 'y'],
        ['plain', 'z'],
      ],
    };
    assert.equal(tableText(table, plain), 'MESSAGE      B\n日本語です   y\nplain        z\n');
  });
});

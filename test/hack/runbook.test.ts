import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

const root = join(import.meta.dirname, '..', '..');
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
}

const { groups } = load(readFileSync(join(root, 'charts', 'alerts.yaml'), 'utf8')) as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);

describe('the alerts of the chart', () => {
  it('are those of the operations page, with the same expressions and times', () => {
    const [, section = ''] = page('operations.md').split('## What to alert on');
    const [table = ''] = section.split('\n## ');
    const rows = [...table.matchAll(/^\| `([A-Za-z]+)` +\| `([^`]+)` +\| (\w+) +\|/gm)];
    const documented = rows.map(([, alert, expr, time]) => ({ alert, expr, for: time }));
    assert.deepEqual(
      documented,
      alerts.map((rule) => ({ alert: rule.alert, expr: rule.expr, for: rule.for })),
    );
  });

  it('have a section each in the runbook, with the expression', () => {
    const sections = page('runbook.md').split('\n## ').slice(1);
    const found = sections.map((section) => ({
      alert: /^(\w+):/.exec(section)?.[1],
      expr: /^`([^`]+)`/m.exec(section)?.[1],
    }));
    const byName = (a: { alert?: string | undefined }, b: { alert?: string | undefined }) =>
      (a.alert ?? '').localeCompare(b.alert ?? '');
    assert.deepEqual(found.sort(byName), alerts.map(({ alert, expr }) => ({ alert, expr })).sort(byName));
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

describe('the runbook', () => {
  it('has a section for each alert of the operations page, with its expression', () => {
    const [, alerts = ''] = page('operations.md').split('## What to alert on');
    const [table = ''] = alerts.split('\n## ');
    const expressions = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, expression]) => expression ?? '');
    assert.ok(expressions.length >= 5, 'the table of alerts is not where it was');
    const runbook = page('runbook.md');
    assert.deepEqual(
      expressions.filter((expression) => !runbook.includes(`\`${expression}\``)),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { workloadKinds } from '../../operator/workloads/kinds.ts';

describe('every kind of workload', () => {
  it('is one that the chart lets the operator watch and patch', () => {
    const rules = readFileSync(
      new URL('../../charts/templates/cluster-role.yaml', import.meta.url),
      'utf8',
    ).split('- apiGroups');
    for (const { apiVersion, plural } of Object.values(workloadKinds)) {
      const [group = ''] = apiVersion.split('/');
      const granted = rules
        .filter((rule) => rule.includes(group) && rule.includes(plural))
        .flatMap((rule) => rule.match(/\b(list|watch|patch)\b/g) ?? []);
      for (const verb of ['list', 'watch', 'patch']) assert.ok(granted.includes(verb), `${verb} ${plural}`);
    }
  });
});

import assert from 'node:assert/strict';
import { soakClusterOn } from '../../hack/soak/cluster.ts';
import { operatorKilled } from '../../hack/soak/faults/operator-killed.ts';
import { serverErrors } from '../../hack/soak/faults/server-errors.ts';
import { watchesCut } from '../../hack/soak/faults/watches-cut.ts';
import { runSoak } from '../../hack/soak/run-soak.ts';
import { sharedCluster } from '../support/cluster.ts';

describe('npm run soak', () => {
  it('finds nothing wrong where the leader is killed, watches break and the API server fails', async () => {
    await using cluster = soakClusterOn(await sharedCluster());
    const lines: string[] = [];
    const result = await runSoak({
      ...{ cluster, seed: 1, seconds: 16, agents: 3, otherPods: 20, churn: 2 },
      faults: [operatorKilled, { ...watchesCut, seconds: [2, 2] }, { ...serverErrors, seconds: [4, 4] }],
      pauseSeconds: [1, 3],
      log: (line) => lines.push(line),
    });
    assert.deepEqual(result.violations, [], lines.join('\n'));
    assert.ok(result.faults >= 3, lines.join('\n'));
    assert.ok(result.pictures > 10 && result.writes > 10 && result.podsDeleted > 0);
    // The first leader, the next one after the fault, and one at the end.
    assert.ok(result.takeovers >= 3, lines.join('\n'));
  });
});

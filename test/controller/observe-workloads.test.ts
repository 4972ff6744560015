import assert from 'node:assert/strict';
import { stepAnnotation } from '../../operator/api/names.ts';
import { Cache } from '../../operator/controller/cache.ts';
import { trimWorkload } from '../../operator/controller/items.ts';
import { observeWorkloads } from '../../operator/controller/observe-workloads.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';

describe('the observed workloads', () => {
  it('have the step of the agent itself, and none of a deleted agent of the same name', async () => {
    await using client = await clientOf(1);
    const cache = new Cache(client, {
      namespaces: undefined,
      enqueue: () => undefined,
      watchFailed: assert.ifError,
      revisionIgnored: assert.fail,
    });
    const agent = agentOf(minimalSpec);
    const since = '2026-01-02T03:04:05.000Z';
    const observed = (agentUid: string, resourceVersion: string) => {
      const step = JSON.stringify({ revision: 'aaaaaaaaaaaa', since, agentUid });
      const object = {
        metadata: {
          ...{ namespace: agent.namespace, name: 'web', uid: 'w', resourceVersion },
          creationTimestamp: since,
          annotations: { [stepAnnotation(agent.name)]: step },
        },
        spec: { template: { metadata: { labels: minimalSpec.selector.matchLabels } } },
      };
      cache.workloads.get('Deployment')?.upsert(trimWorkload('Deployment', object));
      return observeWorkloads({ cache, verifier: undefined }, agent, []).workloads;
    };
    assert.deepEqual(
      observed(agent.uid, '1').map(({ step }) => step?.since),
      [since],
    );
    assert.deepEqual(
      observed('uid-of-the-deleted-one', '2').map(({ step }) => step),
      [undefined],
    );
  });
});

import assert from 'node:assert/strict';
import type { Condition, SpAgentStatus } from '../../operator/api/status-schema.ts';
import type { KubernetesObject } from '../../operator/cluster/kubernetes-object.ts';
import { Cache } from '../../operator/controller/cache.ts';
import { trimAgent } from '../../operator/controller/items.ts';
import { StatusWriter } from '../../operator/controller/write-status.ts';
import { minimalSpec } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const statusWith = (pods: string, reason = 'Progressing'): SpAgentStatus => {
  const ready: Condition = {
    ...{ type: 'Ready', status: 'False', reason, message: `${pods} pods` },
    ...{ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 },
  };
  return { conditions: [ready], pods, rollout: { state: 'Progressing', message: `${pods} pods` } };
};

/** A writer, and an agent whose status is what was written last. */
async function writing() {
  await using started = new AsyncDisposableStack();
  let object = {
    metadata: {
      ...{ namespace: 'shop', name: 'checkout', uid: 'u', resourceVersion: '1', generation: 1 },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: minimalSpec,
    status: {} as SpAgentStatus,
  };
  const written: (string | undefined)[] = [];
  const server = started.use(
    await startScriptedServer(({ body }, response) => {
      const { status } = JSON.parse(body.toString()) as { status: SpAgentStatus };
      object = { ...object, status };
      written.push(status.pods);
      response.end(JSON.stringify(object));
    }),
  );
  const client = started.use(await clientOf(server.port));
  const ignore = () => undefined;
  const options = { enqueue: ignore, revisionIgnored: ignore, watchFailed: ignore };
  const statuses = new StatusWriter({
    client,
    cache: new Cache(client, { namespaces: undefined, ...options }),
  });
  const rest = started.move();
  return {
    written,
    write: (status: SpAgentStatus) => statuses.write(trimAgent(object as KubernetesObject), status),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

describe('the status', () => {
  it('is written at once, and not again while it is the same', async () => {
    await using run = await writing();
    assert.equal(await run.write(statusWith('0/3')), undefined);
    assert.equal(await run.write(statusWith('0/3')), undefined);
    assert.deepEqual(run.written, ['0/3']);
  });

  it('waits where it differs from the last one, a moment ago, in counts and texts alone', async () => {
    await using run = await writing();
    await run.write(statusWith('0/3'));
    const seconds = await run.write(statusWith('1/3'));
    assert.ok(seconds !== undefined && seconds > 0 && seconds <= 2);
    assert.deepEqual(run.written, ['0/3']);
  });

  it('does not wait where a condition has another reason', async () => {
    await using run = await writing();
    await run.write(statusWith('0/3'));
    assert.equal(await run.write(statusWith('1/3', 'DeadlineExceeded')), undefined);
    assert.deepEqual(run.written, ['0/3', '1/3']);
  });
});

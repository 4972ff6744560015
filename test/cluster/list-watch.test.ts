import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../operator/cluster/client.ts';
import { apiPath, collectionPath } from '../../operator/cluster/kinds.ts';
import { startListWatch } from '../../operator/cluster/list-watch.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { startCutOff } from '../support/cut-off.ts';
import { eventually } from '../support/eventually.ts';
import { objectsOf } from '../support/operator.ts';

/** A watch on the ConfigMaps of a namespace, through a way that can be cut off. */
async function watchedNamespace() {
  await using started = new AsyncDisposableStack();
  const cluster = await sharedCluster();
  const { name: namespace } = started.use(await createNamespace(cluster));
  const way = started.use(await startCutOff(Number(new URL(cluster.url).port)));
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-test-'));
  started.defer(() => rm(directory, { recursive: true }));
  const kubeconfig = join(directory, 'kubeconfig');
  const text = await readFile(cluster.kubeconfig, 'utf8');
  await writeFile(kubeconfig, text.replaceAll(cluster.url, `https://127.0.0.1:${way.port}`));
  const watching = started.use(createClient(kubeconfig));
  const seen = new Set<string>();
  let lists = 0;
  const watch = started.use(
    startListWatch(watching, {
      path: collectionPath('ConfigMap', namespace),
      timing: { backoff: { first: 0.05, longest: 0.2 } },
      handler: {
        trim: ({ metadata }) => metadata.name,
        replace: (names) => {
          lists += 1;
          seen.clear();
          for (const name of names) seen.add(name);
        },
        upsert: (name) => seen.add(name),
        remove: (name) => seen.delete(name),
      },
    }),
  );
  const direct = started.use(createClient(cluster.kubeconfig));
  await eventually('the first list', () => watch.isSynced());
  const stack = started.move();
  return {
    ...objectsOf(direct, namespace),
    watching,
    way,
    seen,
    lists: () => lists,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('list and watch on a real API server', () => {
  it('misses nothing of what happens while the API server cannot be reached', async () => {
    await using run = await watchedNamespace();
    await run.create('ConfigMap', 'before', {});
    await run.create('ConfigMap', 'deleted', {});
    await eventually('both', () => run.seen.has('before') && run.seen.has('deleted'));
    run.way.cut();
    await run.create('ConfigMap', 'meanwhile', {});
    await run.remove('ConfigMap', 'deleted');
    run.way.restore();
    await eventually('what happened meanwhile', () => run.seen.has('meanwhile') && !run.seen.has('deleted'));
    assert.equal(run.lists(), 1, 'it listed again, though the server still knew where it was');
  });

  it('sees every object of a burst through cuts', async () => {
    await using run = await watchedNamespace();
    const names = Array.from({ length: 40 }, (_, index) => `burst-${index}`);
    for (const [index, name] of names.entries()) {
      await run.create('ConfigMap', name, {});
      if (index % 10 === 5) run.way.cut();
      if (index % 10 === 9) run.way.restore();
    }
    await eventually('all of them', () => names.every((name) => run.seen.has(name)));
  });

  it('shares connections among requests instead of keeping one for each', async () => {
    await using run = await watchedNamespace();
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(
        Array.from({ length: 5 }, () =>
          run.watching.json({ path: apiPath('api', 'v1', 'namespaces', 'default') }),
        ),
      );
    }
    // One for the watch, five for the batches.
    assert.ok(run.way.open() <= 8, `${run.way.open()} connections are open after 100 requests`);
  });
});

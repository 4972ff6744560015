import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import type { StoredModule } from '../../operator/artifact/store/chunks.ts';
import type { ModuleStore } from '../../operator/artifact/store/module-store.ts';
import { Artifacts } from '../../operator/controller/artifacts.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { patience } from '../support/operator.ts';

/** Keeps modules by their source, in memory. */
function storeInMemory(): ModuleStore {
  const modules = new Map<string, StoredModule>();
  return {
    async put(bytes, { sourceKey }) {
      const { digest } = await inspectModule(bytes);
      const sizeBytes = bytes.length;
      modules.set(sourceKey, { digest, sizeBytes, createdAt: '', sourceKeys: [sourceKey], isWhole: true });
    },
    findBySource: (sourceKey) => Promise.resolve(modules.get(sourceKey)),
    get: () => Promise.resolve(undefined),
    list: () => Promise.resolve([...modules.values()]),
    delete: () => Promise.resolve(),
  };
}

describe('artifacts', () => {
  it('builds again, unasked, what failed because its compiler was killed', async function () {
    const children = `/proc/${process.pid}/task/${process.pid}/children`;
    if (!existsSync(children)) this.skip();
    this.timeout(2 * patience);
    const before = new Set(readFileSync(children, 'utf8').trim().split(' '));
    await using client = await clientOf(1);
    const artifacts = new Artifacts({
      client,
      store: storeInMemory(),
      allowPrivate: false,
      moduleBaseUrl: 'http://sp-agent.sp-system.svc:8080',
      changed: () => undefined,
      produced: () => undefined,
    });
    const agent = agentOf({ ...minimalSpec, filter: { build: { optimize: 0 } } });
    assert.equal((await artifacts.stateOf(agent)).state, 'Pending');
    const compiler = await eventually('the compiler’s process', () =>
      readFileSync(children, 'utf8')
        .trim()
        .split(' ')
        .find((pid) => pid !== '' && !before.has(pid)),
    );
    process.kill(Number(compiler), 'SIGKILL');
    const state = async () => (await artifacts.stateOf(agent)).state;
    await eventually('the failure', async () => (await state()) === 'Failed', patience);
    await eventually('the module', async () => (await state()) === 'Ready', patience);
    artifacts.close();
  });
});

import assert from 'node:assert/strict';
import { noTraits } from '../../operator/api/artifact.ts';
import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { AgentError } from '../../operator/api/errors.ts';
import type { SpAgent } from '../../operator/api/schema.ts';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import { checked } from '../../operator/artifact/produce.ts';
import { noSignaturePolicy } from '../../operator/artifact/signatures/policy.ts';
import type { Source } from '../../operator/artifact/sources/source.ts';
import type { StoredModule } from '../../operator/artifact/store/chunks.ts';
import type { ModuleStore } from '../../operator/artifact/store/module-store.ts';
import { Artifacts, type ArtifactsOptions } from '../../operator/controller/artifacts.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/operator.ts';
import { emptySourceContext } from '../support/source-context.ts';
import { filterShape, wasmModule } from '../support/wasm-module.ts';

/** Keeps modules by their source, in memory. */
function storeInMemory(): ModuleStore {
  const modules = new Map<string, StoredModule>();
  return {
    async put(bytes, { sourceKey, namespace }) {
      const { digest } = await inspectModule(bytes);
      const sizeBytes = bytes.length;
      const stored = {
        digest,
        sizeBytes,
        storedBytes: sizeBytes,
        namespaces: [namespace],
        ...noTraits,
        createdAt: '',
        sourceKeys: [sourceKey],
        isWhole: true,
      };
      modules.set(sourceKey, stored);
      return stored;
    },
    findBySource: (sourceKey) => Promise.resolve(modules.get(sourceKey)),
    get: () => Promise.resolve(undefined),
    use: (module, { namespace }) =>
      Promise.resolve({ ...module, namespaces: [...module.namespaces, namespace] }),
    release: () => Promise.resolve(),
    chunk: () => Promise.resolve(undefined),
    list: () => Promise.resolve([...modules.values()]),
    delete: () => Promise.resolve(),
  };
}

function artifactsWith(options: Partial<ArtifactsOptions>): Artifacts {
  return new Artifacts({
    context: emptySourceContext,
    customFilters: 'Allow',
    store: storeInMemory(),
    moduleBaseUrl: 'http://sp-agent.sp-system.svc:8080',
    changed: () => undefined,
    produced: () => undefined,
    ...options,
  });
}

const keyOf = (name: string) => hash('sha256', name).slice(0, 40);

/** A source that no spec has: its module is made when the test says so. */
function madeUpSource(load: (agent: SpAgent) => Promise<Uint8Array>): Source {
  return {
    name: 'made-up',
    field: 'spec.filter.madeUp',
    isWatched: false,
    isOurs: false,
    hasSignatures: false,
    recheckSeconds: 1,
    isWanted: () => true,
    describe: () => 'a made-up source',
    subject: ({ name }) => `made-up ${name}`,
    resolve: (agent) =>
      Promise.resolve({
        key: keyOf(agent.name),
        make: async () => checked(await load(agent)),
      }),
  };
}

/** A module as if the made-up source had given it to the agent. */
function storedBy({ name }: SpAgent): StoredModule {
  const sourceKeys = [keyOf(name)];
  const sizes = { sizeBytes: 1, storedBytes: 1 };
  return {
    digest: '',
    ...sizes,
    ...noTraits,
    createdAt: '',
    sourceKeys,
    namespaces: [],
    isWhole: true,
  };
}

describe('artifacts', () => {
  it('take a module from a source that nothing else knows, and say what the source says', async () => {
    const module = wasmModule(filterShape);
    const changed: string[] = [];
    const artifacts = artifactsWith({
      moreSources: [madeUpSource(() => Promise.resolve(module))],
      changed: (agentKey) => changed.push(agentKey),
    });
    const agent = agentOf(minimalSpec);
    assert.deepEqual(await artifacts.stateOf(agent), { state: 'Pending' });
    await eventually('the module', () => changed.length > 0);
    const digest = hash('sha256', module);
    assert.deepEqual(await artifacts.stateOf(agent), {
      state: 'Ready',
      artifact: {
        digest,
        sizeBytes: module.length,
        ...noTraits,
        source: 'a made-up source',
        url: `http://sp-agent.sp-system.svc:8080/filters/${digest}.wasm`,
      },
    });
    assert.equal(artifacts.sourceOf(agent).isOurs, false);
  });

  it('take only signed modules and the bundled one where the administrator asks for that', async () => {
    const signatures = { ...noSignaturePolicy, isRequired: true };
    const context = { ...emptySourceContext, signatures };
    const artifacts = artifactsWith({ context });
    const stateWith = (filter: object) => artifacts.stateOf(agentOf({ ...minimalSpec, filter }));
    const image = 'oci://registry.example.com/acme/filter:1';
    const unsigned = [
      { url: 'https://example.com/a.wasm' },
      { build: { configMap: { name: 'mine' } } },
      { url: image },
      { url: image, pollInterval: '1m' },
    ];
    for (const filter of unsigned) {
      const state = await stateWith(filter);
      assert.equal(state.state === 'Failed' && state.reason, 'SignatureRequired', JSON.stringify(filter));
    }
    const verify = { identities: [{ issuer: 'https://issuer.example.com', subject: 'me' }] };
    assert.equal((await stateWith({ url: image, pollInterval: '1m', verify })).state, 'Pending');
    const ours = { ...madeUpSource(() => new Promise(() => undefined)), isOurs: true };
    const others = artifactsWith({ context, moreSources: [ours] });
    assert.equal((await others.stateOf(agentOf(minimalSpec))).state, 'Pending');
  });

  it('say where a source failed in the words of the source', async () => {
    const refusal = new AgentError('SourceInvalid', 'it is upside down');
    const artifacts = artifactsWith({ moreSources: [madeUpSource(() => Promise.reject(refusal))] });
    const agent = agentOf(minimalSpec);
    await artifacts.stateOf(agent);
    const failure = await eventually('the failure', async () => {
      const state = await artifacts.stateOf(agent);
      return state.state === 'Failed' && state;
    });
    const message = `made-up ${agent.name}: it is upside down`;
    assert.deepEqual(failure, { state: 'Failed', reason: 'SourceInvalid', message });
  });

  it('build for one namespace while another has many builds that do not end', async () => {
    const begun: string[] = [];
    const endless = madeUpSource(({ namespace, name }) => {
      begun.push(`${namespace}/${name}`);
      return new Promise(() => undefined);
    });
    const artifacts = artifactsWith({ moreSources: [endless] });
    const agent = agentOf(minimalSpec);
    for (const name of ['a', 'b', 'c']) await artifacts.stateOf({ ...agent, namespace: 'hostile', name });
    await artifacts.stateOf({ ...agent, namespace: 'shop', name: 'good' });
    assert.deepEqual(begun, ['hostile/a', 'shop/good']);
  });

  for (const reason of ['CompileLimitExceeded', 'ModuleTooLarge', 'StoreBudgetExceeded'] as const) {
    it(`try a source again ever later that ran into a limit (${reason}), up to an hour`, async () => {
      let now = 0;
      let loads = 0;
      const refusal = new AgentError(reason, 'too much');
      const source = madeUpSource(() => {
        loads += 1;
        return Promise.reject(refusal);
      });
      const artifacts = artifactsWith({ moreSources: [source], clock: () => now });
      const agent = agentOf(minimalSpec);
      await artifacts.stateOf(agent);
      for (const seconds of [60, 120, 240, 480, 960, 1920, 3600, 3600]) {
        const before = loads;
        await eventually('the failure', async () => (await artifacts.stateOf(agent)).state === 'Failed');
        now += seconds * 1000 - 1;
        await artifacts.stateOf(agent);
        assert.equal(loads, before, `it is tried again before ${seconds} s`);
        now += 1;
        await artifacts.stateOf(agent);
        await eventually(`an attempt after ${seconds} s`, () => loads === before + 1);
        await eventually('its end', () => !artifacts.isAwaited(storedBy(agent)));
      }
    });
  }

  it('build another filter of a namespace although one of it ran into a limit', async function () {
    // Who ran into a limit gives way to others: on a busy machine its next module takes long.
    this.timeout(2 * patience);
    const module = wasmModule(filterShape);
    const refusal = new AgentError('CompileLimitExceeded', 'too much');
    const source = madeUpSource(({ name }) =>
      name === 'next' ? Promise.resolve(module) : Promise.reject(refusal),
    );
    const artifacts = artifactsWith({ moreSources: [source] });
    const agent = agentOf(minimalSpec);
    const stateOf = async (name: string) => (await artifacts.stateOf({ ...agent, name })).state;
    await eventually('the failure', async () => (await stateOf('large')) === 'Failed');
    await eventually('the module', async () => (await stateOf('next')) === 'Ready', patience);
  });

  it('give a module that several namespaces ask for the turn of each', async () => {
    const begun: string[] = [];
    const endless = madeUpSource(({ namespace, name }) => {
      begun.push(`${namespace}/${name}`);
      return new Promise(() => undefined);
    });
    const artifacts = artifactsWith({ moreSources: [endless] });
    const agent = agentOf(minimalSpec);
    for (const name of ['a', 'shared']) await artifacts.stateOf({ ...agent, namespace: 'hostile', name });
    await artifacts.stateOf({ ...agent, namespace: 'shop', name: 'shared' });
    assert.deepEqual(begun, ['hostile/a', 'shop/shared']);
  });

  it('builds again, unasked, what failed because its compiler was killed', async function () {
    const children = `/proc/${process.pid}/task/${process.pid}/children`;
    if (!existsSync(children)) this.skip();
    this.timeout(2 * patience);
    const before = new Set(readFileSync(children, 'utf8').trim().split(' '));
    const artifacts = artifactsWith({});
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

import assert from 'node:assert/strict';
import { podRevisionLabel } from '../../operator/api/names.ts';
import type { Reason } from '../../operator/api/reasons.ts';
import type { Condition } from '../../operator/api/status-schema.ts';
import { sharedCluster } from '../support/cluster.ts';
import { backendKey, startWorld, type LooseObject, type World } from '../support/operator.ts';

interface BadInput {
  readonly input: string;
  /** Patch of the good spec. Paths of modules are made URLs. */
  readonly spec: (world: World) => object;
  readonly reason: Reason;
  /** Beside Ready and Degraded. */
  readonly type: 'FilterReady' | 'ResourcesApplied' | 'Available';
  /** What the condition says: where it is wrong, what, and what to do. */
  readonly says: RegExp;
  /** Patch that puts all right again. */
  readonly repaired: (world: World, name: string) => object;
}

const fetched = (path: string, pin: { readonly digest?: string } = {}) => ({
  spec: ({ moduleAt }: World) => ({ filter: { ...moduleAt(path), ...pin } }),
  type: 'FilterReady' as const,
  repaired: ({ moduleAt }: World, name: string) => ({ filter: moduleAt(`/ok-repaired-${name}`) }),
});

const built = (configMap: string) => ({
  ...fetched(''),
  spec: () => ({ filter: { url: null, digest: null, build: { configMap: { name: configMap } } } }),
  repaired: ({ moduleAt }: World, name: string) => ({
    filter: { ...moduleAt(`/ok-repaired-${name}`), build: null },
  }),
});

const withSecret = (name: string, key: string) => ({
  spec: () => ({ backend: { publicKeySecret: { name, key } } }),
  reason: 'SecretMissing' as const,
  type: 'ResourcesApplied' as const,
  repaired: () => ({ backend: { publicKeySecret: { name: 'key-of-backend', key: 'right' } } }),
});

const onPodsOf = (app: string) => ({ spec: () => ({ selector: { matchLabels: { app } } }) });
const onOwnPods = (_: World, name: string) => ({ selector: { matchLabels: { app: name } } });

const badInputs: readonly BadInput[] = [
  {
    input: 'a wrong digest',
    ...fetched('/ok-wrong-digest', { digest: 'f'.repeat(64) }),
    reason: 'DigestMismatch',
    says: /the module has SHA-256 [0-9a-f]{64}, spec\.filter\.digest is f{64}; correct the pin or the file$/,
  },
  {
    input: 'a URL with an address that is refused',
    ...fetched(''),
    spec: () => ({ filter: { url: 'http://10.1.2.3/filter.wasm' } }),
    reason: 'FetchRefused',
    says: /^spec\.filter\.url: 10\.1\.2\.3 is private.*; use a public address, or .*--allow-private-urls$/,
  },
  {
    input: 'a URL with nothing behind it',
    ...fetched('/404'),
    reason: 'FetchFailed',
    says: /\/404: answers 404; correct spec\.filter\.url or put the module there$/,
  },
  {
    input: 'text instead of a module',
    ...fetched('/text'),
    reason: 'NotWasm',
    says: /^spec\.filter\.url: not a WebAssembly module: it is text; check what the build or the URL gives$/,
  },
  {
    input: 'a module without the ABI',
    ...fetched('/no-abi'),
    reason: 'NoProxyWasmAbi',
    says: /^spec\.filter\.url: .*exports no function proxy_abi_version_0_1_0.*; build it with a proxy-wasm SDK$/,
  },
  {
    input: 'a module of 70 MB',
    ...fetched('/70-mb'),
    reason: 'ModuleTooLarge',
    says: /\/70-mb: the module has 70000000 bytes; at most 16777216 bytes are taken: serve a smaller one$/,
  },
  {
    input: 'a module without end',
    ...fetched('/endless'),
    reason: 'ModuleTooLarge',
    says: /\/endless: the module does not end; at most 16777216 bytes are taken: serve a smaller one$/,
  },
  {
    input: 'a source that does not compile',
    ...built('broken-source'),
    reason: 'CompileFailed',
    says: /^ConfigMap test-\w+\/broken-source: the source does not compile: ERROR TS2304: Cannot find name 'missing'.* in rules\.ts:2:10/s,
  },
  {
    input: 'a source that is not there',
    ...built('no-source'),
    reason: 'SourceMissing',
    says: /^ConfigMap test-\w+\/no-source: it does not exist; create it with the key index\.ts$/,
  },
  {
    input: 'a source without its entry',
    ...built('no-entry'),
    reason: 'SourceMissing',
    says: /^ConfigMap test-\w+\/no-entry: the source has no file index\.ts; put the filter’s entry there$/,
  },
  {
    input: 'a Secret that is not there',
    ...withSecret('no-secret', 'right'),
    says: /Secret test-\w+\/no-secret: it does not exist; create it$/,
  },
  {
    input: 'a Secret without the key',
    ...withSecret('key-of-backend', 'wrong'),
    says: /Secret test-\w+\/key-of-backend: it has no key "wrong"; add it$/,
  },
  {
    input: 'a Secret that is not marked for backends',
    ...withSecret('password', 'right'),
    reason: 'SecretRefused',
    says: /Secret test-\w+\/password: .*kubectl label secret -n test-\w+ password softprobe\.ai\/backend-key=true$/,
  },
  {
    input: 'a port that is not valid',
    spec: () => ({ backend: { url: 'https://backend.example:99999' } }),
    reason: 'SpecInvalid',
    type: 'ResourcesApplied',
    says: /^SpAgent test-\w+\/a-port-that-is-not-valid: spec\.backend\.url: "https:\/\/backend\.example:99999" is not a URL; correct the host or port$/,
    repaired: () => ({ backend: { url: 'https://backend.example:9999' } }),
  },
  {
    input: 'a selector that matches nothing',
    ...onPodsOf('nothing'),
    reason: 'NoPodsSelected',
    type: 'Available',
    says: /^no Deployment, StatefulSet, DaemonSet or Rollout of namespace test-\w+ has the labels of spec\.selector in its pod template$/,
    repaired: onOwnPods,
  },
  {
    input: 'pods of an earlier agent',
    ...onPodsOf('earlier'),
    reason: 'AgentConflict',
    type: 'Available',
    says: /^SpAgent test-\w+\/pods-of-an-earlier-agent: SpAgent test-\w+\/earlier is older and already selects Deployment earlier; narrow one of the two selectors$/,
    repaired: onOwnPods,
  },
];

const ready = { status: 'True', reason: 'Healthy' } as const;

/** What of a good revision must stay as it is. */
async function footprint(world: World, name: string, revision: string) {
  const { metadata, spec } = await world.get('Deployment', name);
  const plugins = [...(await world.list('EnvoyFilter')), ...(await world.list('WasmPlugin'))];
  const pods = (await world.list('Pod')).filter((pod) => pod.metadata.labels?.['app'] === name);
  return {
    generation: metadata.generation,
    labels: spec.template.metadata.labels as Record<string, string>,
    plugins: plugins
      .filter((plugin) => plugin.metadata.name === `${name}-${revision}`)
      .map((plugin) => ({ uid: plugin.metadata.uid, spec: plugin.spec as unknown })),
    pods: pods.map((pod) => ({
      uid: pod.metadata.uid,
      label: pod.metadata.labels?.[podRevisionLabel(name)],
    })),
  };
}

async function warnings(world: World, name: string): Promise<LooseObject[]> {
  const events = await world.list('Event');
  return events.filter((event) => event['regarding']?.name === name && event['type'] === 'Warning');
}

async function assertWarnedOnce(world: World, name: string, { reason, says }: BadInput): Promise<void> {
  const [event, ...others] = await warnings(world, name);
  assert.deepEqual(others, []);
  assert.equal(event?.['reason'], reason);
  assert.match(event['note'] as string, says);
  assert.equal(event['series'], undefined, 'it is not reported again');
}

/** A good revision is rolled out, the spec is broken, and repaired. */
async function breakAndMend(world: World, name: string, bad: BadInput): Promise<void> {
  await world.condition(name, 'Ready', ready);
  const { targetRevision = '' } = await world.status(name);
  const before = await footprint(world, name, targetRevision);
  assert.deepEqual([before.plugins.length, before.pods.length], [1, 2]);
  assert.equal(before.labels[podRevisionLabel(name)], targetRevision);

  await world.patch('SpAgent', name, { spec: bad.spec(world) });
  const wanted: readonly (readonly [string, Condition['status']])[] = [
    ['Ready', 'False'],
    ...(bad.reason === 'AgentConflict' ? [] : ([[bad.type, 'False']] as const)),
    ...(bad.reason === 'NoPodsSelected' ? [] : ([['Degraded', 'True']] as const)),
  ];
  for (const [type, status] of wanted) {
    const { message } = await world.condition(name, type, { status, reason: bad.reason });
    assert.match(message, bad.says);
  }
  // Another generation of the same fault: checked again, not reported again.
  await world.patch('SpAgent', name, { spec: { revisionHistoryLimit: 4 } });
  await world.condition(name, 'Ready', { status: 'False', reason: bad.reason });
  assert.deepEqual(await footprint(world, name, targetRevision), before);
  assert.equal((await world.status(name)).stableRevision, targetRevision);
  await assertWarnedOnce(world, name, bad);

  await world.patch('SpAgent', name, { spec: bad.repaired(world, name) });
  await world.condition(name, 'Ready', ready);
  await assertWarnedOnce(world, name, bad);
}

describe('operator: bad input', () => {
  const nameOf = ({ input }: BadInput) => input.toLowerCase().replaceAll(' ', '-');
  let world: World;
  let courses: Map<BadInput, Promise<void>>;

  before(async () => {
    // The server of modules has a loopback address; others of private networks are refused.
    world = await startWorld(await sharedCluster(), {
      addresses: { allowPrivate: ['127.0.0.0/8'] },
      concurrency: 8,
    });
    const broken = 'export function rule(): i32 {\n  return missing;\n}\n';
    await world.create('ConfigMap', 'broken-source', {
      data: { 'index.ts': 'export { rule } from "./rules";\n', 'rules.ts': broken },
    });
    await world.create('ConfigMap', 'no-entry', { data: { 'rules.ts': broken } });
    await world.create('Secret', 'key-of-backend', { ...backendKey, stringData: { right: 'sp-key-4711' } });
    await world.create('Secret', 'password', { stringData: { right: 'tenant-db-pw' } });
    await world.createDeployment('earlier');
    await world.createAgent('earlier', { selector: { matchLabels: { app: 'earlier' } } });
    await world.condition('earlier', 'Ready', ready);
    // All at once: one agent's fault must not affect the others.
    courses = new Map(
      badInputs.map((bad, index) => {
        const name = nameOf(bad);
        const course = (async () => {
          await world.createDeployment(name);
          await world.createAgent(name, {
            selector: { matchLabels: { app: name } },
            delivery: { api: index % 2 === 0 ? 'EnvoyFilter' : 'WasmPlugin' },
          });
          await breakAndMend(world, name, bad);
        })();
        // Its own test covers that.
        course.catch(() => undefined);
        return [bad, course];
      }),
    );
  });
  after(() => world[Symbol.asyncDispose]());

  for (const bad of badInputs) {
    it(`keeps the previous revision running with ${bad.input}, says what to do, and recovers`, async () => {
      await courses.get(bad);
    });
  }

  it('leaves the earlier agent of two alone', async () => {
    await Promise.allSettled(courses.values());
    const { labels } = (await world.get('Deployment', 'earlier')).spec.template.metadata as {
      labels: Record<string, string>;
    };
    assert.deepEqual(Object.keys(labels).sort(), ['app', podRevisionLabel('earlier')]);
    await world.condition('earlier', 'Ready', ready);
  });
});

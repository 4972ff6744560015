import assert from 'node:assert/strict';
import { parseAgent } from '../../operator/api/parse.ts';
import { minimalSpec } from '../support/agent.ts';

const metadata = {
  namespace: 'shop',
  name: 'checkout',
  uid: 'u',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

describe('parse', () => {
  it('fills in every default of a selector alone', () => {
    const result = parseAgent({ metadata, spec: minimalSpec });
    assert.ok('agent' in result);
    assert.deepEqual(result.agent.spec, {
      selector: minimalSpec.selector,
      direction: 'Outbound',
      mode: 'Cache',
      logLevel: 'Info',
      filter: {},
      backend: { profile: 'Hosted', timeout: '1s' },
      lookup: {
        cacheRules: 'Shared',
        redactedBodies: 'Replay',
        onError: 'Continue',
        circuitBreaker: { failures: 5, openFor: '5s' },
        strict: false,
      },
      capture: {
        rules: [],
        exempt: [],
        ports: [],
        maxRequestBody: '256Ki',
        maxResponseBody: '512Ki',
        redactMarker: 'Digest',
        redactQuery: [],
        redactHeaders: [],
        redactJsonFields: [],
        sample: '100%',
      },
      delivery: { api: 'Auto', failStrategy: 'FailOpen', env: [] },
      rollout: {
        method: 'Restart',
        canary: [],
        gates: [],
        waves: { maxConcurrent: 1, bake: '0s' },
        windows: [],
        progressDeadline: '10m',
        autoRollback: true,
        paused: false,
      },
      revisionHistoryLimit: 5,
    });
  });

  it('takes over what it needs of the metadata', () => {
    const deletionTimestamp = '2026-02-01T00:00:00Z';
    const result = parseAgent({
      metadata: { ...metadata, deletionTimestamp, finalizers: ['f'] },
      spec: minimalSpec,
    });
    assert.ok('agent' in result);
    const { namespace, name, uid, generation, createdAt, deletedAt, finalizers } = result.agent;
    assert.deepEqual(
      { namespace, name, uid, generation, createdAt, deletedAt, finalizers },
      {
        namespace: 'shop',
        name: 'checkout',
        uid: 'u',
        generation: 3,
        createdAt: metadata.creationTimestamp,
        deletedAt: deletionTimestamp,
        finalizers: ['f'],
      },
    );
  });

  it('puts aside a status that another hand spoilt', () => {
    const result = parseAgent({ metadata, spec: minimalSpec, status: { conditions: 'broken' } });
    assert.ok('agent' in result);
    assert.deepEqual(result.agent.status, {});
  });

  const wrong: [field: string, spec: object][] = [
    ['spec.selector', { selector: undefined }],
    ['spec.selector.matchLabels', { selector: {} }],
    ['spec.direction', { direction: 'Up' }],
    ['spec.filter.build.optimize', { filter: { build: { optimize: 4 } } }],
    ['spec.filter.url', { filter: { url: 'ftp://x' } }],
    ['spec.filter.digest', { filter: { digest: 'x' } }],
    ['spec.backend.url', { backend: { url: 'x' } }],
    ['spec.backend.publicKeySecret.name', { backend: { publicKeySecret: {} } }],
    ['spec.backend.timeout', { backend: { timeout: '1' } }],
    ['spec.lookup.strict', { lookup: { strict: 'yes' } }],
    ['spec.capture.rules[1].methods[0]', { capture: { rules: [{}, { methods: ['get'] }] } }],
    ['spec.capture.sample', { capture: { sample: '1' } }],
    ['spec.delivery.priority', { delivery: { priority: 1.5 } }],
    ['spec.delivery.env[0].name', { delivery: { env: [{ name: '1' }] } }],
    ['spec.rollout.progressDeadline', { rollout: { progressDeadline: 'soon' } }],
    ['spec.revisionHistoryLimit', { revisionHistoryLimit: 101 }],
  ];
  for (const [field, spec] of wrong) {
    it(`names ${field} and the object where it is wrong`, () => {
      const result = parseAgent({ metadata, spec: { ...minimalSpec, ...spec } });
      assert.ok('error' in result);
      assert.ok(result.error.startsWith(`SpAgent shop/checkout: ${field}: `), result.error);
    });
  }

  it('names every unknown field, but not those of values that are free', () => {
    const spec = {
      ...minimalSpec,
      filter: { config: { any: 1 }, buildd: {} },
      capture: { rules: [{}, { hosts: {} }] },
    };
    const result = parseAgent({ metadata, spec, more: 1 });
    assert.ok('error' in result);
    const fields = 'more, spec.filter.buildd, spec.capture.rules[1].hosts';
    assert.ok(result.error.startsWith(`SpAgent shop/checkout: unknown field ${fields}; `), result.error);
  });

  it('names a few of thousands of unknown fields', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, 1]));
    const result = parseAgent({ metadata, spec: { ...minimalSpec, ...many } });
    assert.ok('error' in result);
    assert.match(result.error, /spec\.f19 and 4980 more; /);
  });

  it('says so where the input is not an object at all', () => {
    const result = parseAgent(null);
    assert.ok('error' in result);
    assert.match(result.error, /^SpAgent \(no name\): /);
  });
});

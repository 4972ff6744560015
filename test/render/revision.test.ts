import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RevisionData } from '../../operator/api/revision.ts';
import { desiredResources } from '../../operator/render/desired.ts';
import { revisionId, wantedRevision } from '../../operator/render/revision.ts';
import {
  agentOf,
  artifact,
  minimalSpec,
  policy,
  redactionKey,
  wholeMesh,
  moduleBaseUrl,
} from '../support/agent.ts';

const noKey = { state: 'NotWanted' } as const;

function revisionOf(spec: object = {}, options: { digest?: string; keyDigest?: string } = {}) {
  const outcome = wantedRevision({
    agent: agentOf({ ...minimalSpec, ...spec }),
    artifact: { ...artifact, digest: options.digest ?? artifact.digest },
    mesh: wholeMesh,
    publicKey: options.keyDigest ? { state: 'Found', digest: options.keyDigest } : noKey,
    policy,
    redactionKey,
  });
  assert.ok('data' in outcome, JSON.stringify(outcome));
  return outcome;
}

/** The same data with the keys of every object in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((part) => shuffled(part, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, part]) => [key, shuffled(part, random), random()] as const,
  );
  entries.sort((a, b) => a[2] - b[2]);
  return Object.fromEntries(entries.map(([key, part]) => [key, part]));
}

describe('revision', () => {
  it('has another id for another key of redaction markers, and none of the key where markers are plain', () => {
    const idOf = (capture: object, digest: string) => {
      const agent = agentOf({ ...minimalSpec, capture });
      const keys = { publicKey: noKey, redactionKey: { state: 'Found', digest }, policy } as const;
      const outcome = wantedRevision({ agent, artifact, mesh: wholeMesh, ...keys });
      assert.ok('data' in outcome);
      return outcome.id;
    };
    assert.notEqual(idOf({}, 'a'.repeat(64)), idOf({}, 'b'.repeat(64)));
    const plain = { redactMarker: 'Plain' };
    assert.equal(idOf(plain, 'a'.repeat(64)), idOf(plain, 'b'.repeat(64)));
  });

  it('waits for a key of redaction markers that cannot be created, and names the way out', () => {
    const message = 'Secret shop/checkout-redaction-key: the operator may not create it';
    const outcome = wantedRevision({
      agent: agentOf(minimalSpec),
      artifact,
      mesh: wholeMesh,
      publicKey: noKey,
      policy,
      redactionKey: { state: 'Missing', message },
    });
    assert.deepEqual(outcome, { reason: 'RedactionKeyMissing', message });
  });

  it('has the same id and the same resources whatever the order of keys', () => {
    const env = [{ name: 'REGION', value: 'eu' }];
    const { data, id } = revisionOf({ direction: 'Both', delivery: { env } });
    const rendered = JSON.stringify(
      desiredResources(agentOf(minimalSpec), [{ id, data }], moduleBaseUrl).at(-1)?.spec,
    );
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const copy = shuffled(data, () => stream.next().value) as RevisionData;
        assert.equal(revisionId(copy), id);
        const resources = desiredResources(agentOf(minimalSpec), [{ id, data: copy }], moduleBaseUrl);
        assert.deepEqual(resources.at(-1)?.spec, JSON.parse(rendered));
      }),
      { numRuns: 50 },
    );
  });

  it('fetches the module from where the operator is now, under the same id', () => {
    for (const api of ['WasmPlugin', 'TrafficExtension', 'EnvoyFilter']) {
      const { data, id } = revisionOf({ delivery: { api } });
      assert.ok(!JSON.stringify(data).includes('/filters/'));
      const moved = desiredResources(agentOf(minimalSpec), [{ id, data }], 'http://moved.example:80').at(-1);
      assert.ok(JSON.stringify(moved).includes(`"http://moved.example:80/filters/${data.digest}.wasm"`));
    }
  });

  it('has the log level of the present spec, under the same id, where its filter knows one', () => {
    const debug = agentOf({ ...minimalSpec, logLevel: 'Debug' });
    assert.equal(revisionOf({ logLevel: 'Debug' }).id, revisionOf().id);
    const levelIn = (data: RevisionData) => {
      const plugin = desiredResources(debug, [{ id: revisionId(data), data }], moduleBaseUrl).at(-1);
      return /logLevel\W+(\w+)/.exec(JSON.stringify(plugin))?.[1];
    };
    for (const api of ['WasmPlugin', 'TrafficExtension', 'EnvoyFilter']) {
      const { data } = revisionOf({ delivery: { api } });
      assert.equal(levelIn(data), 'debug');
      const older = { ...data.pluginConfig, logLevel: undefined } as unknown as RevisionData['pluginConfig'];
      assert.equal(levelIn({ ...data, pluginConfig: older }), undefined);
    }
  });

  it('keeps its id through the cluster, which drops what is undefined', () => {
    const { data, id } = revisionOf();
    assert.equal(revisionId(JSON.parse(JSON.stringify(data)) as RevisionData), id);
  });

  const changes: Record<string, object> = {
    selector: { selector: { matchLabels: { app: 'other' } } },
    'selector.matchExpressions': {
      selector: { ...minimalSpec.selector, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    },
    direction: { direction: 'Inbound' },
    'match.ports': { match: { ports: [8080] } },
    'backend.url': { backend: { url: 'http://backend' } },
    'backend.timeout': { backend: { timeout: '2s' } },
    'backend.tls.sni': { backend: { tls: { sni: 'other.example.com' } } },
    'backend.tls.insecureSkipVerify': { backend: { tls: { insecureSkipVerify: true } } },
    mode: { mode: 'Record' },
    'lookup.methods': { lookup: { methods: ['GET'] } },
    'lookup.cacheRules': { lookup: { cacheRules: 'None' } },
    'lookup.body': { lookup: { body: 'Ignore' } },
    'lookup.redactedBodies': { lookup: { redactedBodies: 'Skip' } },
    'capture.telemetry': { capture: { telemetry: [] } },
    'capture.ports': { capture: { ports: [8080] } },
    'lookup.onError': { lookup: { onError: 'Fail' } },
    'lookup.strict': { lookup: { strict: true } },
    'lookup.when': { lookup: { when: 'Session' } },
    'lookup.holdTimeout': { lookup: { holdTimeout: '2s' } },
    'lookup.circuitBreaker.failures': { lookup: { circuitBreaker: { failures: 3 } } },
    'lookup.circuitBreaker.openFor': { lookup: { circuitBreaker: { openFor: '1m' } } },
    'capture.rules': { capture: { rules: [{ methods: ['GET'] }] } },
    'capture.exempt': { capture: { exempt: [{ path: { exact: '/x' } }] } },
    'capture.maxRequestBody': { capture: { maxRequestBody: '1Ki' } },
    'capture.maxResponseBody': { capture: { maxResponseBody: '1Ki' } },
    'capture.statuses': { capture: { statuses: ['404'] } },
    'capture.redactHeaders': { capture: { redactHeaders: ['x-secret'] } },
    'capture.redactHeadersOnly': { capture: { redactHeadersOnly: [] } },
    'capture.redactQuery': { capture: { redactQuery: ['token'] } },
    'capture.redactJsonFields': { capture: { redactJsonFields: ['token'] } },
    'capture.sample': { capture: { sample: '50%' } },
    'delivery.api': { delivery: { api: 'WasmPlugin' } },
    'delivery.phase': { delivery: { phase: 'Stats' } },
    'delivery.priority': { delivery: { priority: 1 } },
    'delivery.failStrategy': { delivery: { failStrategy: 'FailClose' } },
    'delivery.env': { delivery: { env: [{ name: 'A', value: 'b' }] } },
  };
  for (const [field, spec] of Object.entries(changes)) {
    it(`is another one when spec.${field} changes`, () => {
      assert.notEqual(revisionOf(spec).id, revisionOf().id);
    });
  }

  it('is another one for another module and for another key', () => {
    const secret = { backend: { publicKeySecret: { name: 'key' } } };
    const ids = [
      revisionOf().id,
      revisionOf({}, { digest: '1'.repeat(64) }).id,
      revisionOf(secret, { keyDigest: 'a'.repeat(64) }).id,
      revisionOf(secret, { keyDigest: 'b'.repeat(64) }).id,
    ];
    assert.equal(new Set(ids).size, ids.length);
  });

  it('stays when only the rollout or the history limit changes', () => {
    assert.equal(revisionOf({ rollout: { paused: true }, revisionHistoryLimit: 1 }).id, revisionOf().id);
  });

  it('says which URL cannot be used', () => {
    const outcome = wantedRevision({
      agent: agentOf({ ...minimalSpec, backend: { url: 'http://backend:99999' } }),
      artifact,
      mesh: wholeMesh,
      publicKey: noKey,
      policy,
      redactionKey,
    });
    assert.deepEqual(outcome, {
      reason: 'SpecInvalid',
      message: 'spec.backend.url: "http://backend:99999" is not a URL; correct the host or port',
    });
  });

  it('has the same id whether or not its module reports which revision runs', () => {
    const { data, id } = revisionOf();
    assert.equal(data.reportsRevision, true);
    assert.equal(revisionId({ ...data, reportsRevision: false }), id);
  });

  it("names what becomes of requests without the filter in each API's own words", () => {
    const words = (failStrategy: string) =>
      ['WasmPlugin', 'TrafficExtension', 'EnvoyFilter'].map((api) => {
        const spec = { ...minimalSpec, delivery: { api, failStrategy } };
        const plugin = desiredResources(agentOf(spec), [revisionOf(spec)], moduleBaseUrl).at(-1);
        return /FAIL_[A-Z]+/.exec(JSON.stringify(plugin))?.[0];
      });
    assert.deepEqual(words('FailOpen'), ['FAIL_OPEN', 'FAIL_OPEN', 'FAIL_OPEN']);
    assert.deepEqual(words('FailClose'), ['FAIL_CLOSE', 'FAIL_CLOSE', 'FAIL_CLOSED']);
    assert.deepEqual(words('FailReload'), ['FAIL_RELOAD', 'FAIL_RELOAD', 'FAIL_RELOAD']);
  });
});

import assert from 'node:assert/strict';
import { ApiException, ApiextensionsV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import type { ControlPlane } from '../../hack/cluster/control-plane.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { agentPlural, apiGroup, apiVersion } from '../../operator/api/names.ts';
import { parseAgent } from '../../operator/api/parse.ts';
import { minimalSpec } from '../support/agent.ts';
import { createNamespace, sharedCluster, type TestNamespace } from '../support/cluster.ts';
import { everyField } from '../support/every-field.ts';

describe('CRD', () => {
  let cluster: ControlPlane;
  let namespace: TestNamespace;
  let api: CustomObjectsApi;

  before(async () => {
    cluster = await sharedCluster();
    namespace = await createNamespace(cluster);
    api = cluster.adminConfig.makeApiClient(CustomObjectsApi);
  });

  after(async () => {
    await namespace[Symbol.asyncDispose]();
  });

  const kind = { group: apiGroup, version: apiVersion, plural: agentPlural };

  function create(spec: unknown, options: { name?: string; isKept?: boolean } = {}) {
    const { name = 'checkout', isKept = false } = options;
    return api.createNamespacedCustomObject({
      ...kind,
      namespace: namespace.name,
      fieldValidation: 'Strict',
      ...(isKept ? {} : { dryRun: 'All' }),
      body: { apiVersion: `${apiGroup}/${apiVersion}`, kind: 'SpAgent', metadata: { name }, spec },
    }) as Promise<{ spec: unknown }>;
  }

  /** What the API server says when it refuses. */
  async function refusal(created: Promise<unknown>): Promise<string> {
    const error: unknown = await created.then(
      () => assert.fail('accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ApiException, String(error));
    return (JSON.parse(error.body as string) as { message: string }).message;
  }

  it('is established, structural, and hides no warning', async () => {
    const extensions = cluster.adminConfig.makeApiClient(ApiextensionsV1Api);
    const crd = await extensions.readCustomResourceDefinition({ name: `${agentPlural}.${apiGroup}` });
    const conditions = crd.status?.conditions ?? [];
    assert.equal(conditions.find(({ type }) => type === 'Established')?.status, 'True');
    assert.equal(
      conditions.find(({ type }) => type === 'NonStructuralSchema'),
      undefined,
    );
  });

  it('takes a selector alone and fills in what the parser fills in', async () => {
    const { spec } = await create(minimalSpec);
    const parsed = parseAgent({
      metadata: { namespace: 'x', name: 'x', uid: 'x', creationTimestamp: '' },
      spec: minimalSpec,
    });
    assert.ok('agent' in parsed);
    assert.deepEqual(spec, JSON.parse(JSON.stringify(parsed.agent.spec)));
  });

  it('takes a spec with every field', async () => {
    await create(everyField);
  });

  const refused: Record<string, [spec: object, message: RegExp]> = {
    'no selector': [{ selector: undefined }, /spec\.selector: Required value/],
    'an empty selector': [
      { selector: { matchLabels: {} } },
      /spec\.selector\.matchLabels.*should have at least 1/,
    ],
    'a bad label name': [
      { selector: { matchLabels: { 'a b': 'x' } } },
      /spec\.selector\.matchLabels: .*label name/,
    ],
    'a bad label value': [{ selector: { matchLabels: { app: '*' } } }, /spec\.selector\.matchLabels\.app/],
    'neither labels nor expressions': [
      { selector: { matchLabels: undefined } },
      /spec\.selector: .*must not be empty/,
    ],
    'an unknown operator of a label': [
      { selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } },
      /matchExpressions\[0\]\.operator: Unsupported value: "Is"/,
    ],
    'In without values': [
      { selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
      /matchExpressions\[0\]\.values: .*In and NotIn need values/,
    ],
    'Exists with values': [
      { selector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['a'] }] } },
      /matchExpressions\[0\]\.values: .*take none/,
    ],
    'an expression of a bad label name': [
      { selector: { matchExpressions: [{ key: 'a b', operator: 'Exists' }] } },
      /matchExpressions\[0\]\.key: .*label name/,
    ],
    "a selection by the operator's own label": [
      { selector: { matchLabels: { 'revision.softprobe.ai/checkout': 'a' } } },
      /spec\.selector\.matchLabels: .*operator's own/,
    ],
    "an expression of the operator's own label": [
      { selector: { matchExpressions: [{ key: 'revision.softprobe.ai/a', operator: 'DoesNotExist' }] } },
      /matchExpressions\[0\]\.key: .*operator's own/,
    ],
    'an unknown direction': [{ direction: 'Sideways' }, /spec\.direction: Unsupported value: "Sideways"/],
    'an unknown field': [{ selectors: {} }, /unknown field spec\.selectors$/],
    'build and url': [
      { filter: { build: {}, url: 'https://example.com/a.wasm' } },
      /spec\.filter: .*either build or url/,
    ],
    'a digest without url': [{ filter: { digest: 'a'.repeat(64) } }, /spec\.filter\.digest: .*give url too/],
    'an http module without a digest': [
      { filter: { url: 'http://example.com/a.wasm' } },
      /spec\.filter\.digest: .*an http url needs digest/,
    ],
    'an image without tag and digest': [
      { filter: { url: 'oci://ghcr.io/acme/filter' } },
      /spec\.filter\.url: .*must be an http, https or oci URL/,
    ],
    'a login for a URL that is no registry': [
      { filter: { url: 'https://example.com/a.wasm', pullSecret: { name: 'login' } } },
      /spec\.filter\.pullSecret: .*give an oci url too/,
    ],
    'an interval for an image that is pinned': [
      { filter: { url: `oci://ghcr.io/acme/filter:1@sha256:${'a'.repeat(64)}`, pollInterval: '1m' } },
      /spec\.filter\.pollInterval: .*an oci url with a tag/,
    ],
    'an interval that is too short': [
      { filter: { url: 'oci://ghcr.io/acme/filter:1', pollInterval: '1s' } },
      /spec\.filter\.pollInterval: .*between 30s and 24h/,
    ],
    'a CA without url': [{ filter: { caBundle: 'x' } }, /spec\.filter\.caBundle: .*give url too/],
    'a bad digest': [
      { filter: { url: 'https://example.com/a.wasm', digest: 'XYZ' } },
      /spec\.filter\.digest: .*64 hex digits/,
    ],
    'an ftp module': [
      { filter: { url: 'ftp://example.com/a.wasm' } },
      /spec\.filter\.url: .*must be an http, https or oci URL/,
    ],
    'a bad backend': [{ backend: { url: 'backend:80' } }, /spec\.backend\.url: .*URL without query/],
    'a backend at half an address': [{ backend: { url: 'http://[::1' } }, /spec\.backend\.url/],
    'a port out of range': [{ match: { ports: [0] } }, /spec\.match\.ports\[0\]/],
    'no port where ports are listed': [{ match: { ports: [] } }, /spec\.match\.ports: .*at least 1/],
    'a time-out without unit': [
      { backend: { timeout: '10' } },
      /spec\.backend\.timeout: .*must be a duration/,
    ],
    'a time-out out of range': [
      { backend: { timeout: '2m' } },
      /spec\.backend\.timeout: .*between 10ms and 60s/,
    ],
    'a rule with two matchers': [
      { capture: { rules: [{ path: { exact: '/', prefix: '/' } }] } },
      /spec\.capture\.rules\[0\]\.path: .*exactly one/,
    ],
    'an exemption with no matcher': [
      { capture: { exempt: [{ host: {} }] } },
      /spec\.capture\.exempt\[0\]\.host: .*exactly one/,
    ],
    'a method in lower case': [
      { capture: { rules: [{ methods: ['get'] }] } },
      /rules\[0\]\.methods\[0\]: .*capital/,
    ],
    'a sample above 100%': [{ capture: { sample: '101%' } }, /spec\.capture\.sample: .*0% to 100%/],
    'a sample little above 100%': [{ capture: { sample: '100.1%' } }, /spec\.capture\.sample/],
    'a size above 8Mi': [
      { capture: { maxResponseBody: '9Mi' } },
      /spec\.capture\.maxResponseBody: .*up to 8Mi/,
    ],
    'a size without number': [
      { capture: { maxRequestBody: 'Mi' } },
      /spec\.capture\.maxRequestBody: .*number of bytes/,
    ],
    'a header in upper case': [
      { capture: { redactHeaders: ['Cookie'] } },
      /spec\.capture\.redactHeaders\[0\]: .*lower case/,
    ],
    'no statuses': [{ capture: { statuses: [] } }, /spec\.capture\.statuses/],
    'a phase for an EnvoyFilter': [
      { delivery: { api: 'EnvoyFilter', phase: 'Stats' } },
      /spec\.delivery\.phase: .*takes no phase/,
    ],
    'a variable with two sources': [
      { delivery: { env: [{ name: 'A', value: 'b', fromProxy: true }] } },
      /spec\.delivery\.env\[0\]: .*either value or fromProxy/,
    ],
    'a variable twice': [
      {
        delivery: {
          env: [
            { name: 'A', value: 'b' },
            { name: 'A', value: 'c' },
          ],
        },
      },
      /spec\.delivery\.env\[1\]: Duplicate value/,
    ],
    'the variable of the key': [
      { delivery: { env: [{ name: 'SP_PUBLIC_KEY', value: 'b' }] } },
      /spec\.delivery\.env\[0\]\.name: .*publicKeySecret/,
    ],
    'a deadline of no time': [{ rollout: { progressDeadline: '0s' } }, /spec\.rollout\.progressDeadline/],
    'a negative history': [{ revisionHistoryLimit: -1 }, /spec\.revisionHistoryLimit/],
  };
  for (const [what, [spec, message]] of Object.entries(refused)) {
    it(`refuses ${what}, naming the field`, async () => {
      assert.match(await refusal(create({ ...minimalSpec, ...spec })), message);
    });
  }

  it('refuses a name that does not fit into a label', async () => {
    const long = await refusal(create(minimalSpec, { name: 'a'.repeat(47) }));
    assert.match(long, /metadata\.name must have at most 46/);
    assert.match(await refusal(create(minimalSpec, { name: 'a.b' })), /metadata\.name must have .* no dot/);
  });

  it('shows the summary in columns', async () => {
    await create(minimalSpec, { name: 'shown', isKept: true });
    const status = {
      pods: '3/3',
      revisionNumber: 4,
      filter: {
        digest: 'a'.repeat(64),
        shortDigest: 'a'.repeat(12),
        sizeBytes: 1,
        source: 'bundled source',
        url: 'u',
      },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Healthy',
          message: 'Well',
          lastTransitionTime: '2026-01-01T00:00:00Z',
          observedGeneration: 1,
        },
      ],
    };
    await kubectl(cluster.kubeconfig, [
      ...['patch', 'spa/shown', '-n', namespace.name, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ]);
    const table = await kubectl(cluster.kubeconfig, ['get', 'spa', '-n', namespace.name]);
    assert.match(table, /^NAME +READY +STATUS +PODS +FILTER +REVISION +AGE\n/);
    assert.match(table, /\nshown +True +Healthy +3\/3 +aaaaaaaaaaaa +4 +\S+\n/);
    const wide = await kubectl(cluster.kubeconfig, ['get', 'spa', '-n', namespace.name, '-o', 'wide']);
    assert.match(wide, /bundled source +Well\n/);
  });

  it('explains its fields', async () => {
    const text = await kubectl(cluster.kubeconfig, ['explain', 'spagents.spec.backend.url']);
    assert.match(text, /Base URL of the Softprobe backend/);
  });
});

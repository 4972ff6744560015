import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ambient } from '../../operator/cli/doctor/ambient.ts';
import { istioWithEnvoy } from '../../operator/cli/doctor/envoy-of-istio.ts';
import { gateways } from '../../operator/cli/doctor/gateways.ts';
import { injection } from '../../operator/cli/doctor/injection.ts';
import { istioVersion } from '../../operator/cli/doctor/istio-version.ts';
import { sidecars } from '../../operator/cli/doctor/sidecars.ts';
import { listOf, scriptedFacts } from '../support/scripted-api.ts';

const agent = {
  metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
  spec: { selector: { matchLabels: { app: 'checkout' } } },
};

interface PodChanges {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
  /** Of the sidecar; none without it. */
  readonly image?: string;
}

const pod = (name: string, { labels = {}, spec = {}, image }: PodChanges = {}) => ({
  metadata: { name, labels, creationTimestamp: '2026-01-02T03:04:05Z' },
  spec: {
    containers: [{ name: 'app' }],
    ...(image === undefined ? {} : { initContainers: [{ name: 'istio-proxy', image }] }),
    ...spec,
  },
});

/** @param labels of the namespace; undefined where the user may not read it. */
const factsOf = (pods: readonly unknown[], labels?: Readonly<Record<string, string>>) =>
  scriptedFacts({
    '/apis/softprobe.ai/v1alpha1/spagents': listOf(agent),
    '/api/v1/namespaces/shop/pods': listOf(...pods),
    '/api/v1/namespaces/shop': labels === undefined ? 403 : { metadata: { labels } },
  });

const enabled = { 'istio-injection': 'enabled' };
const proxy = 'docker.io/istio/proxyv2:1.30.0';

describe('spagent doctor, of selected pods without a sidecar,', () => {
  it('finds those of a namespace without injection', async () => {
    await using api = await factsOf([pod('bare'), pod('native', { image: proxy })], {});
    assert.deepEqual(await injection.run(api.facts), {
      state: 'Bad',
      message: 'off in namespace shop: 1 of 2 selected pods have no sidecar: shop/bare',
      remedy: 'kubectl label namespace shop istio-injection=enabled, then restart the workloads',
    });
    assert.equal((await sidecars.run(api.facts)).state, 'Skipped');
  });

  it('finds those that are to have one, and names the workload to restart', async () => {
    const owner = { kind: 'StatefulSet', name: 'web', controller: true };
    const web = pod('web-0');
    const bare = { ...web, metadata: { ...web.metadata, ownerReferences: [owner] } };
    await using api = await factsOf([bare, pod('native', { image: proxy })], enabled);
    assert.deepEqual(await sidecars.run(api.facts), {
      state: 'Bad',
      message: '1 of 2 selected pods have none, though they are to have one: shop/web-0',
      remedy:
        'restart what was created before injection was enabled: kubectl -n shop rollout restart statefulset/web',
    });
    assert.equal((await injection.run(api.facts)).state, 'Good');
  });

  it('knows a pod of an Argo Rollout, and how that is restarted', async () => {
    const owner = { kind: 'ReplicaSet', name: 'web-5f7c9', controller: true };
    const web = pod('web-0', { labels: { 'rollouts-pod-template-hash': '5f7c9' } });
    const bare = { ...web, metadata: { ...web.metadata, ownerReferences: [owner] } };
    await using api = await factsOf([bare], enabled);
    assert.equal((await api.facts.pods())[0]?.workload, 'Rollout/web');
    const { remedy } = (await sidecars.run(api.facts)) as { readonly remedy?: string };
    assert.match(remedy ?? '', /: kubectl argo rollouts restart web -n shop$/);
  });

  const causes: readonly (readonly [
    string,
    PodChanges,
    Readonly<Record<string, string>> | undefined,
    string,
  ])[] = [
    [
      'injection that the namespace disables',
      {},
      { 'istio-injection': 'disabled', 'istio.io/rev': 'a' },
      'SP011',
    ],
    ['injection by a revision of Istio', {}, { 'istio.io/rev': 'stable' }, 'SP007'],
    ['a pod that asks for one itself', { labels: { 'sidecar.istio.io/inject': 'true' } }, {}, 'SP007'],
    ['a pod that refuses one', { labels: { 'sidecar.istio.io/inject': 'false' } }, enabled, 'SP011'],
    ['a pod in the network of its node', { spec: { hostNetwork: true } }, enabled, 'SP011'],
    ['a namespace in ambient mode', {}, { 'istio.io/dataplane-mode': 'ambient' }, 'SP012'],
    ['a pod in ambient mode', { labels: { 'istio.io/dataplane-mode': 'ambient' } }, {}, 'SP012'],
    ['a namespace that the user may not read', {}, undefined, 'SP007'],
  ];
  for (const [title, changes, labels, code] of causes) {
    it(`reports ${title} once, as ${code}`, async () => {
      await using api = await factsOf([pod('bare', changes)], labels);
      const found = await Promise.all(
        [sidecars, injection, ambient].map(async (check) => ({
          code: check.code,
          ...(await check.run(api.facts)),
        })),
      );
      assert.deepEqual(
        found.filter(({ state }) => state === 'Bad').map((finding) => finding.code),
        [code],
      );
    });
  }
});

describe('spagent doctor', () => {
  const gatewayPods = [
    ['of the Gateway API', { labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' }, image: proxy }],
    [
      'of Istio’s own chart',
      { spec: { containers: [{ name: 'istio-proxy', image: proxy, args: ['proxy', 'router'] }] } },
    ],
  ] as const;
  for (const [title, changes] of gatewayPods) {
    it(`finds a gateway ${title} that a selector matches`, async () => {
      await using api = await factsOf([pod('edge', changes), pod('app', { image: proxy })], enabled);
      assert.deepEqual(await gateways.run(api.facts), {
        state: 'Bad',
        message: '1 of 2 selected pods are gateways, where the filter does not run: shop/edge',
        remedy: 'narrow spec.selector of SpAgent shop/checkout',
      });
    });
  }

  const images = [
    [
      '1.27.4-distroless',
      'Bad',
      /Istio 1\.27 \(Envoy 1\.35\); the filter needs Istio 1\.28 \(Envoy 1\.36\): shop\/a$/,
    ],
    ['1.28.0', 'Good', /sidecars are of Istio 1\.28 \(Envoy 1\.36\)$/],
    ['1.31.2', 'Good', /sidecars are of Istio 1\.31 \(Envoy 1\.39\)$/],
    ['1.99.0', 'Good', /sidecars are of Istio 1\.99$/],
    ['custom', 'Skipped', /no version/],
  ] as const;
  for (const [tag, state, message] of images) {
    it(`calls sidecars with the tag ${tag} ${state}`, async () => {
      await using api = await factsOf([pod('a', { image: `registry:5000/proxyv2:${tag}` })], enabled);
      const diagnosis = await istioVersion.run(api.facts);
      assert.equal(diagnosis.state, state);
      assert.match(diagnosis.message, message);
    });
  }

  it('knows the Envoy of each Istio that docs/compatibility.md names', async () => {
    const text = await readFile(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| 1\.(\d+) +\| (1\.\d+) +\|$/gm)];
    assert.ok(rows.length > 0);
    for (const [, istio, envoy] of rows) {
      assert.equal(istioWithEnvoy(Number(istio)), `Istio 1.${istio} (Envoy ${envoy})`);
    }
  });
});

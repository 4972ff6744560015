import assert from 'node:assert/strict';
import { egress, showsService, sidecarOf, type SidecarResource } from '../../operator/cli/doctor/egress.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, policy, redactionKey, wholeMesh } from '../support/agent.ts';
import { listOf, scriptedFacts } from '../support/scripted-api.ts';

const spec = {
  selector: { matchLabels: { app: 'checkout' } },
  backend: { url: 'http://recorder.probes.svc.cluster.local:8787' },
};

const sidecar = (
  namespace: string,
  name: string,
  { labels, hosts }: { readonly labels?: Record<string, string>; readonly hosts?: readonly string[] } = {},
): SidecarResource => ({
  metadata: { namespace, name, creationTimestamp: '' },
  spec: {
    ...(labels ? { workloadSelector: { labels } } : {}),
    egress: hosts ? [{ hosts: [...hosts] }] : [],
  },
});

function revisionObject() {
  const agent = agentOf(spec);
  const wanted = wantedRevision({
    agent,
    artifact,
    mesh: wholeMesh,
    publicKey: { state: 'NotWanted' },
    policy,
    redactionKey,
  });
  if ('reason' in wanted) throw new Error(wanted.message);
  return {
    metadata: { name: `${agent.name}-${wanted.id}` },
    spec: { number: 1, data: wanted.data },
  };
}

const factsOf = (...sidecars: readonly SidecarResource[]) => {
  const of = (namespace: string) =>
    listOf(...sidecars.filter(({ metadata }) => metadata.namespace === namespace));
  return scriptedFacts({
    '/apis/softprobe.ai/v1alpha1/spagents': listOf({
      metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
      spec,
    }),
    '/apis/softprobe.ai/v1alpha1/namespaces/shop/spagentrevisions': listOf(revisionObject()),
    '/api/v1/namespaces/shop/pods': listOf({
      metadata: { name: 'a', labels: { app: 'checkout' }, creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { containers: [{ name: 'istio-proxy' }] },
    }),
    '/apis/networking.istio.io/v1/namespaces/shop/sidecars': of('shop'),
    '/apis/networking.istio.io/v1/namespaces/istio-system/sidecars': of('istio-system'),
  });
};

describe('spagent doctor, of Sidecar resources,', () => {
  it('finds one that hides the backend from a selected pod', async () => {
    await using api = await factsOf(sidecar('shop', 'narrow', { hosts: ['./*', 'istio-system/*'] }));
    assert.deepEqual(await egress.run(api.facts), {
      state: 'Bad',
      message: 'shop/narrow hides the backend from 1 of 1 selected pods: shop/a',
      remedy: 'add probes/recorder.probes.svc.cluster.local to spec.egress[].hosts of that Sidecar',
    });
  });

  it('finds the default of the mesh too', async () => {
    await using api = await factsOf(sidecar('istio-system', 'default', { hosts: ['./*'] }));
    assert.match((await egress.run(api.facts)).message, /^istio-system\/default hides/);
  });

  it('finds nothing where the backend is shown', async () => {
    await using api = await factsOf(sidecar('shop', 'wide', { hosts: ['./*', 'probes/*'] }));
    assert.equal((await egress.run(api.facts)).state, 'Good');
  });

  it('uses the one that Istio uses: by its selector, of the namespace, of the root namespace', () => {
    const [selecting, own, root] = [
      sidecar('shop', 'selecting', { labels: { app: 'checkout' } }),
      sidecar('shop', 'own'),
      sidecar('istio-system', 'root'),
    ];
    const pod = { namespace: 'shop', labels: { app: 'checkout' } };
    const all = [root, own, selecting];
    assert.equal(sidecarOf(all, pod), selecting);
    assert.equal(sidecarOf(all, { ...pod, labels: { app: 'cart' } }), own);
    assert.equal(sidecarOf([root, selecting], { ...pod, labels: {} }), root);
    assert.equal(sidecarOf([sidecar('istio-system', 'x', { labels: {} })], pod), undefined);
  });

  const service = { namespace: 'probes', host: 'recorder.probes.svc.cluster.local' };
  const cases = [
    [[], true],
    [['*/*'], true],
    [['probes/*'], true],
    [['probes/recorder.probes.svc.cluster.local'], true],
    [['*/*.probes.svc.cluster.local'], true],
    [['probes/other.probes.svc.cluster.local'], false],
    [['./*'], false],
    [['~/*'], false],
  ] as const;
  for (const [hosts, isShown] of cases) {
    it(`reads egress hosts ${JSON.stringify(hosts)} as ${isShown ? 'showing' : 'hiding'} it`, () => {
      const resource = sidecar('shop', 'x', hosts.length === 0 ? {} : { hosts });
      assert.equal(showsService(resource, 'shop', service), isShown);
    });
  }

  it('reads ./* as the namespace of the pod', () => {
    const resource = sidecar('probes', 'x', { hosts: ['./*'] });
    assert.equal(showsService(resource, 'probes', service), true);
  });
});

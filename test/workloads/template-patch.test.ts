import assert from 'node:assert/strict';
import { restartPatch } from '../../operator/workloads/template-patch.ts';
import { at, ids } from '../support/rollout.ts';

const agent = { namespace: 'shop', name: 'checkout' };
const workload = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' } as const;
const publicKey = { secretName: 'softprobe', key: 'publicKey', digest: 'd'.repeat(64) };

describe('restartPatch', () => {
  const step = { revision: ids.b, since: at(0), agentUid: 'u' };

  it('owns the label of the template and its own annotation, nothing else', () => {
    assert.deepEqual(restartPatch({ agent, workload, step, publicKey: undefined, hasRedactionKey: false }), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'cart',
        namespace: 'shop',
        annotations: { 'step.softprobe.ai/checkout': JSON.stringify(step) },
      },
      spec: { template: { metadata: { labels: { 'revision.softprobe.ai/checkout': ids.b } } } },
    });
  });

  it("names the Secret in the proxy's environment, without its value or digest, and does not insist on it", () => {
    const patch = restartPatch({ agent, workload, step, publicKey, hasRedactionKey: false });
    assert.deepEqual(patch.spec.template.spec, {
      containers: [
        {
          name: 'istio-proxy',
          image: 'auto',
          imagePullPolicy: 'IfNotPresent',
          env: [
            {
              name: 'SP_PUBLIC_KEY',
              valueFrom: { secretKeyRef: { name: 'softprobe', key: 'publicKey', optional: true } },
            },
          ],
        },
      ],
    });
    assert.ok(!JSON.stringify(patch).includes(publicKey.digest));
  });

  it("adds the key of redaction markers to the proxy's environment, from the agent's own Secret", () => {
    const patch = restartPatch({ agent, workload, step, publicKey, hasRedactionKey: true });
    assert.deepEqual(patch.spec.template.spec?.containers[0]?.env[1], {
      name: 'SP_REDACTION_KEY',
      valueFrom: { secretKeyRef: { name: 'checkout-redaction-key', key: 'key', optional: true } },
    });
  });

  it('gives label and environment back when there is no revision', () => {
    const none = { revision: undefined, since: at(0), agentUid: 'u' };
    const patch = restartPatch({ agent, workload, step: none, publicKey, hasRedactionKey: true });
    assert.deepEqual(patch.spec, { template: {} });
    assert.deepEqual(patch.metadata.annotations, { 'step.softprobe.ai/checkout': JSON.stringify(none) });
  });
});

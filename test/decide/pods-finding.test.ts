import assert from 'node:assert/strict';
import type { Pod, Verification } from '../../operator/api/pod.ts';
import { findingOfPods } from '../../operator/decide/pods-finding.ts';
import { ids, podOf, snapshotOf } from '../support/rollout.ts';

function pod(name: string, verification: Verification, more: Partial<Pod> = {}): Pod {
  return podOf(name, { verification, ...more });
}

const verified = pod('a', { state: 'Verified' });

function findingOf(...pods: Pod[]): string {
  const { status, reason, message } = findingOfPods(snapshotOf({ pods, verification: 'Required' }), ids.a);
  return `${status} ${reason}: ${message}`;
}

describe('What the proxies say of a stable revision', () => {
  it('is Healthy where each runs it, or has loaded a module that can show no more', () => {
    assert.equal(findingOf(verified), `True Healthy: every selected pod runs revision ${ids.a}`);
    assert.equal(
      findingOf(verified, pod('b', { state: 'Loaded', message: 'loaded' })),
      `True Healthy: every selected pod has loaded revision ${ids.a}; pod b: loaded`,
    );
  });

  it('is not asked for where proxies are not verified', () => {
    const pods = [pod('b', { state: 'NotVerified', message: 'no module', cause: 'Refused' })];
    assert.equal(findingOfPods(snapshotOf({ pods, verification: 'Off' }), ids.a).reason, 'Healthy');
  });

  it('is Unverified where nobody can ask them', () => {
    assert.equal(
      findingOf(pod('b', { state: 'Unverified', message: 'no route' })),
      `True Unverified: every selected pod is ready with revision ${ids.a}; pod b: no route`,
    );
  });

  it('is a filter that stopped, a module that is missing, or what else one of them says', () => {
    const causes = {
      Stopped: 'FilterStopped',
      Reloading: 'FilterStopped',
      Refused: 'FilterRejected',
      NotConfigured: 'FilterRejected',
      NotFetched: 'Refetching',
      Unclear: 'Progressing',
    } as const;
    for (const [cause, reason] of Object.entries(causes)) {
      const verification = {
        state: 'NotVerified',
        message: 'why',
        cause: cause as keyof typeof causes,
      } as const;
      assert.equal(findingOf(verified, pod('b', verification)), `False ${reason}: pod b: why`);
    }
  });

  it('is not known as long as one has not answered, or does not', () => {
    const silent = pod('b', { state: 'Unknown', message: 'no answer' });
    assert.equal(findingOf(verified, silent), 'Unknown ProxySilent: pod b: no answer');
    assert.equal(
      findingOf(verified, { ...silent, askedAt: undefined }),
      'Unknown Verifying: pod b: no answer',
    );
  });

  it('does not depend on pods that are not ready, or have another revision', () => {
    const wrong = { state: 'NotVerified', message: 'why', cause: 'Refused' } as const;
    const others = [pod('b', wrong, { isReady: false }), pod('c', wrong, { revision: ids.b })];
    assert.match(findingOf(verified, ...others), /^True Healthy/);
  });
});

import assert from 'node:assert/strict';
import { isAllowedBackend, unrestrictedPolicy, type OperatorPolicy } from '../../operator/api/policy.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, redactionKey, wholeMesh } from '../support/agent.ts';

function outcomeOf(backend: object, policy: Partial<OperatorPolicy>) {
  return wantedRevision({
    agent: agentOf({ ...minimalSpec, backend }),
    artifact,
    mesh: wholeMesh,
    publicKey: { state: 'NotWanted' },
    redactionKey,
    policy: { ...unrestrictedPolicy, ...policy },
  });
}

describe('the backend of an agent', () => {
  it('is never chosen for a user who named none', () => {
    const outcome = outcomeOf({}, {});
    assert.ok('reason' in outcome);
    assert.equal(outcome.reason, 'BackendMissing');
    assert.match(outcome.message, /spec\.backend\.url is missing.*name the backend/);
  });

  it("is the administrator's where there is a default, and the user named none", () => {
    const defaultBackendUrl = 'http://recorder.sp-system.svc:8787';
    const outcome = outcomeOf({}, { defaultBackendUrl, allowedBackends: [] });
    assert.ok('data' in outcome);
    assert.equal(outcome.data.backend?.host, 'recorder.sp-system.svc.cluster.local');
  });

  const allowedBackends = ['o.example.com', '*.corp.example', 'recorder.shop.svc.cluster.local:8787'];
  for (const url of [
    'https://o.example.com',
    'https://O.EXAMPLE.com:8443/base',
    'http://a.b.corp.example',
    'http://recorder:8787',
    'http://recorder.shop.svc:8787',
  ]) {
    it(`may be ${url} where the administrator allows ${allowedBackends.join(', ')}`, () => {
      assert.ok('data' in outcomeOf({ url }, { allowedBackends }));
    });
  }
  for (const url of [
    'https://stranger.example',
    'https://o.example.com.stranger.example',
    'https://xo.example.com',
    'https://corp.example',
    'https://xcorp.example',
    'http://recorder:80',
    'http://recorder.other.svc:8787',
    'http://recorder.shop.svc.stranger.example:8787',
    'http://192.0.2.1',
  ]) {
    it(`may not be ${url} where the administrator allows others`, () => {
      const outcome = outcomeOf({ url }, { allowedBackends });
      assert.ok('reason' in outcome);
      assert.equal(outcome.reason, 'BackendRefused');
    });
  }

  it('may be an IPv6 address that the administrator allows, in whatever form it is written', () => {
    const allowed = { allowedBackends: ['[2001:db8::1]:8443'] };
    assert.ok('data' in outcomeOf({ url: 'https://[2001:db8:0:0::1]:8443' }, allowed));
    for (const url of ['https://[2001:db8::1]', 'https://[2001:db8::2]:8443']) {
      assert.ok('reason' in outcomeOf({ url }, allowed), url);
    }
  });

  it('may be a Service in the domain of the cluster alone', () => {
    const of = (url: string) =>
      outcomeOf({ url }, { clusterDomain: 'corp.local', allowedBackends: ['*.shop.svc.corp.local'] });
    assert.ok('data' in of('http://recorder:8787'));
    assert.ok('reason' in of('http://recorder.shop.svc.cluster.local:8787'));
  });

  it('matches a port only where the administrator named it', () => {
    assert.ok(isAllowedBackend({ host: 'a.example', port: 1 }, ['a.example']));
    assert.ok(!isAllowedBackend({ host: 'a.example', port: 1 }, ['a.example:2']));
    assert.ok(!isAllowedBackend({ host: 'a.example', port: 1 }, []));
  });
});

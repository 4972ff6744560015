import assert from 'node:assert/strict';
import { backendCluster, backendRoute } from '../../operator/render/backend/backend-target.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

function routeOf(url: string) {
  const { spec } = agentOf({ ...minimalSpec, backend: { url } });
  return backendRoute({ ...spec.backend, url }, 'shop');
}

describe('backend target', () => {
  const services: Record<string, string> = {
    'http://backend': 'outbound|80||backend.shop.svc.cluster.local',
    'http://backend:8090': 'outbound|8090||backend.shop.svc.cluster.local',
    'http://backend.sp-system.svc': 'outbound|80||backend.sp-system.svc.cluster.local',
    'http://backend.sp-system.svc.cluster.local': 'outbound|80||backend.sp-system.svc.cluster.local',
    'http://backend.sp-system.svc.corp.example': 'outbound|80||backend.sp-system.svc.corp.example',
  };
  for (const [url, cluster] of Object.entries(services)) {
    it(`takes ${url} for a Service of the cluster`, () => {
      const { target } = routeOf(url);
      assert.equal(target.inCluster, true);
      assert.equal(backendCluster({ namespace: 'shop', name: 'checkout' }, target), cluster);
    });
  }

  for (const url of ['http://example.com', 'https://backend', 'http://localhost', 'http://192.0.2.1']) {
    it(`takes ${url} for a host that needs a service entry`, () => {
      assert.equal(routeOf(url).target.inCluster, false);
    });
  }

  it('names the port in the authority only where it is not the default', () => {
    assert.equal(routeOf('https://example.com:443').authority, 'example.com');
    assert.equal(routeOf('https://example.com:8443').authority, 'example.com:8443');
  });

  it('puts the path of the URL before the protocol’s own, without its last slash', () => {
    assert.equal(routeOf('https://example.com').pathPrefix, '');
    assert.equal(routeOf('https://example.com/a/b/').pathPrefix, '/a/b');
  });
});

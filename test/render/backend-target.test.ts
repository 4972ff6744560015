import assert from 'node:assert/strict';
import { backendCluster, backendRoute } from '../../operator/render/backend/backend-target.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

function routeOf(url: string, clusterDomain = 'cluster.local') {
  const { spec } = agentOf({ ...minimalSpec, backend: { url } });
  return backendRoute({ ...spec.backend, url }, { namespace: 'shop', clusterDomain });
}

describe('backend target', () => {
  const services: Record<string, string> = {
    'http://backend': 'outbound|80||backend.shop.svc.cluster.local',
    'http://backend:8090': 'outbound|8090||backend.shop.svc.cluster.local',
    'http://backend.sp-system.svc': 'outbound|80||backend.sp-system.svc.cluster.local',
    'http://backend.sp-system.svc.cluster.local': 'outbound|80||backend.sp-system.svc.cluster.local',
    'http://backend.sp-system': 'outbound|80||backend.sp-system.svc.cluster.local',
    'http://backend.monitoring:8090': 'outbound|8090||backend.monitoring.svc.cluster.local',
    // A top-level domain, but the agent's own namespace: that is what the resolver of its pods finds first.
    'http://backend.shop': 'outbound|80||backend.shop.svc.cluster.local',
  };
  for (const [url, cluster] of Object.entries(services)) {
    it(`takes ${url} for a Service of the cluster`, () => {
      const { target } = routeOf(url);
      assert.equal(target.inCluster, true);
      assert.equal(backendCluster({ namespace: 'shop', name: 'checkout' }, target), cluster);
    });
  }

  for (const url of [
    'http://backend',
    'http://backend.shop',
    'http://backend.shop.svc',
    'http://backend.shop.svc.corp.example',
  ]) {
    it(`takes ${url} for a Service of a cluster whose domain is corp.example`, () => {
      const { target } = routeOf(url, 'corp.example');
      assert.deepEqual([target.inCluster, target.host], [true, 'backend.shop.svc.corp.example']);
    });
  }

  it('takes the full name of a Service in another domain for a host outside of the cluster', () => {
    assert.equal(routeOf('http://backend.shop.svc.corp.example').target.inCluster, false);
    assert.equal(routeOf('http://backend.shop.svc.cluster.local', 'corp.example').target.inCluster, false);
  });

  for (const url of ['http://[2001:db8::1]:8090/base', 'http://[2001:0DB8:0::0001]:8090/base']) {
    it(`takes ${url} for an address, with brackets where HTTP has them`, () => {
      const { target, authority, pathPrefix } = routeOf(url);
      assert.deepEqual([target.host, target.port, target.inCluster], ['2001:db8::1', 8090, false]);
      assert.deepEqual([authority, pathPrefix], ['[2001:db8::1]:8090', '/base']);
    });
  }

  it('refuses an address that is not valid', () => {
    assert.throws(() => routeOf('http://[2001:db8::1::2]'), /spec\.backend\.url: .* is not a URL/);
  });

  for (const url of [
    'http://example.com',
    'http://recorder.dev',
    'http://recorder.internal',
    'https://backend',
    'http://localhost',
    'http://192.0.2.1',
    'http://a.b.c.svc',
  ]) {
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

import assert from 'node:assert/strict';
import { environmentVariable, namesVersion } from '../../hack/tools/locate.ts';

describe('locating a tool', () => {
  it('recognises a release in what the tool prints, and nothing that only resembles it', () => {
    assert.ok(namesVersion('Kubernetes v1.36.3', 'v1.36.3'));
    assert.ok(namesVersion('envoy  version: 0ab/1.40.0/Clean/RELEASE/BoringSSL', 'v1.40.0'));
    assert.ok(namesVersion('v4.3.1+g1234567', 'v4.3.1'));
    for (const other of ['v1.36.30', 'v11.36.3', 'v1.36.3-rc.1', 'v1.36.3.1', 'v1.36.4', 'v1x36x3', '']) {
      assert.ok(!namesVersion(`Kubernetes ${other}`, 'v1.36.3'), other);
    }
  });

  it('names the environment variable after the tool', () => {
    assert.equal(environmentVariable('kube-apiserver'), 'SP_AGENT_KUBE_APISERVER');
    assert.equal(environmentVariable('envoy-1.36'), 'SP_AGENT_ENVOY_1_36');
  });
});

import { dump } from 'js-yaml';
import { desiredResources } from '../../operator/render/desired.ts';
import { renderVersion } from '../../operator/render/render-version.ts';
import type { RevisionData } from '../../operator/api/revision.ts';
import { agentOf, minimalSpec, moduleBaseUrl } from '../support/agent.ts';
import { assertGolden } from '../support/golden.ts';

/** Data that never changes, so that a change of its rendering is one of the renderer. */
const data: RevisionData = {
  digest: '9f2c41d07a3e'.padEnd(64, '0'),
  delivery: 'WasmPlugin',
  sides: ['Inbound', 'Outbound'],
  ports: [80, 8080],
  matchLabels: { app: 'checkout' },
  phase: 'Stats',
  priority: 7,
  failStrategy: 'FailOpen',
  env: [
    { name: 'LEVEL', value: 'a' },
    { name: 'ZONE', fromProxy: true },
  ],
  backend: {
    host: 'backend.example.com',
    port: 443,
    tls: { sni: 'backend.example.com', insecureSkipVerify: false },
    inCluster: false,
  },
  publicKey: undefined,
  pluginConfig: { version: 1 },
};

describe('the renderer', () => {
  // Where this fails, running revisions would be changed by an upgrade: raise renderVersion, then make the new file.
  for (const delivery of ['WasmPlugin', 'TrafficExtension', 'EnvoyFilter'] as const) {
    it(`renders the same data as ever, until its version is raised: ${delivery}`, () => {
      const revision = { id: 'aaaaaaaaaaaa', data: { ...data, delivery } };
      const resources = desiredResources(agentOf(minimalSpec), [revision], moduleBaseUrl);
      const file = new URL(`../golden/renderer/${delivery}-${renderVersion}.yaml`, import.meta.url);
      assertGolden(file, resources.map((resource) => dump(resource, { lineWidth: -1 })).join('---\n'));
    });
  }
});

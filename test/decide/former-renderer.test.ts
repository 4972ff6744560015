import assert from 'node:assert/strict';
import type { OwnedResource, Resource } from '../../operator/api/resource.ts';
import type { RevisionData } from '../../operator/api/revision.ts';
import { keepsRendering } from '../../operator/decide/former-renderer.ts';
import { desiredResources } from '../../operator/render/desired.ts';
import { renderVersion } from '../../operator/render/render-version.ts';
import { agentOf, minimalSpec, moduleBaseUrl } from '../support/agent.ts';
import { ids, revisionOf } from '../support/rollout.ts';

const agent = agentOf(minimalSpec);

function revisionBy(version: number, parts: Partial<RevisionData> = {}) {
  const revision = revisionOf(ids.a);
  return { ...revision, data: { ...revision.data, renderVersion: version, ...parts } };
}

type Revision = ReturnType<typeof revisionBy>;

/** The plug-in of the revision as it is rendered now. */
function pluginOf(revision: Revision, baseUrl = moduleBaseUrl): Resource {
  const plugin = desiredResources(agent, [revision], baseUrl).at(-1);
  assert.ok(plugin);
  return plugin;
}

/** As another version rendered it: with one field more. */
function rendered(plugin: Resource): OwnedResource {
  const { kind, metadata, spec } = plugin;
  const { name, labels, ownerReferences } = metadata;
  return { kind, name, labels, ownerReferences, spec: { ...spec, former: true } };
}

function keeps(wanted: Resource, revision: Revision, owned: readonly OwnedResource[]): boolean {
  return keepsRendering(wanted, { owned, revisions: [revision] });
}

describe('a plug-in that another version of the operator rendered', () => {
  for (const delivery of ['WasmPlugin', 'TrafficExtension', 'EnvoyFilter'] as const) {
    const former = revisionBy(renderVersion + 1, { delivery });
    const wanted = pluginOf(former);

    it(`stays as it is: ${delivery}`, () => {
      assert.ok(keeps(wanted, former, [rendered(wanted)]));
      const other = { ...rendered(wanted), name: 'other', spec: {} };
      assert.ok(keeps(wanted, former, [other, rendered(wanted)]));
    });

    it(`is rendered again where it is gone: ${delivery}`, () => {
      assert.ok(!keeps(wanted, former, []));
    });

    it(`is rendered again where the module's address or the selected pods changed: ${delivery}`, () => {
      const moved = pluginOf(former, 'http://moved.example:80');
      assert.ok(!keeps(moved, former, [rendered(wanted)]));
      const narrowed = pluginOf(revisionBy(renderVersion + 1, { delivery, matchLabels: { tier: 'web' } }));
      assert.ok(!keeps(narrowed, former, [rendered(wanted)]));
    });

    it(`is set back where this version rendered it and somebody edited it: ${delivery}`, () => {
      const own = revisionBy(renderVersion, { delivery });
      const plugin = pluginOf(own);
      assert.ok(!keeps(plugin, own, [rendered(plugin)]));
    });
  }
});

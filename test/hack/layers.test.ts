import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface LayerRule {
  readonly from: { readonly path?: string | readonly string[] };
  readonly to: {
    readonly path?: string;
    readonly pathNot?: string | readonly string[];
    readonly dependencyTypes?: readonly string[];
  };
}

const { forbidden } = require('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly LayerRule[];
};

const matches = (patterns: string | readonly string[] | undefined, path: string) =>
  [patterns ?? []].flat().some((pattern) => new RegExp(pattern).test(path));

function isForbidden(from: string, to: string, type: 'local' | 'core'): boolean {
  return forbidden.some(
    (rule) =>
      matches(rule.from.path, from) &&
      (rule.to.path === undefined ? rule.to.dependencyTypes?.includes(type) : matches(rule.to.path, to)) &&
      !matches(rule.to.pathNot, to),
  );
}

describe('the layers', () => {
  for (const room of ['api', 'workloads', 'render', 'rollout', 'decide']) {
    it(`keep caches, the API server, files and the network out of operator/${room}`, () => {
      const from = `operator/${room}/example.ts`;
      assert.ok(isForbidden(from, 'operator/controller/cache.ts', 'local'));
      assert.ok(isForbidden(from, 'operator/cluster/client.ts', 'local'));
      for (const effect of ['fs', 'node:timers', 'http']) assert.ok(isForbidden(from, effect, 'core'));
      assert.ok(!isForbidden(from, 'crypto', 'core'));
    });
  }

  it('let the decider use the rooms that it decides with', () => {
    for (const room of ['api', 'workloads', 'render', 'rollout']) {
      assert.ok(!isForbidden('operator/decide/decide.ts', `operator/${room}/example.ts`, 'local'));
    }
  });
});

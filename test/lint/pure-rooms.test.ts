import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ESLint, Linter } from 'eslint';

const require = createRequire(import.meta.url);

interface LayerRule {
  readonly name: string;
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

const rooms = ['api', 'workloads', 'render', 'rollout', 'decide', 'cli/view'];
const effects: Record<string, string> = {
  'the clock': 'export const now = Date.now();',
  'the clock by a new Date': 'export const now = new Date();',
  'the monotonic clock': 'export const now = performance.now();',
  chance: 'export const chance = Math.random();',
  'a timer': 'setTimeout(() => undefined, 1);',
  'the environment': "export const home = process.env['HOME'];",
  'the network': "export const page = fetch('http://example.com');",
};

describe('npm run check in a pure room', () => {
  // The rules that need types are left out: they load the whole program, and none of them is about purity.
  const linter = new Linter({ configType: 'flat' });

  async function complaints(room: string, code: string): Promise<string[]> {
    const filePath = `operator/${room}/example.ts`;
    const { rules, languageOptions } = (await new ESLint().calculateConfigForFile(filePath)) as Linter.Config;
    const untyped = Object.entries(rules ?? {}).filter(([name]) => name.startsWith('no-restricted-'));
    const parserOptions = { projectService: false };
    const config = {
      files: ['**/*.ts'],
      languageOptions: { ...languageOptions, parserOptions },
      rules: Object.fromEntries(untyped),
    };
    return linter.verify(code, config, { filename: 'example.ts' }).map(({ ruleId }) => String(ruleId));
  }

  for (const room of rooms) {
    it(`fails on a clock and other effects in operator/${room}`, async () => {
      for (const [effect, code] of Object.entries(effects)) {
        const found = await complaints(room, code);
        assert.ok(found.length > 0 && found.every((rule) => rule.startsWith('no-restricted-')), effect);
      }
      assert.deepEqual(await complaints(room, 'export const later = new Date(1);'), []);
    });
  }

  for (const room of ['api', 'workloads', 'render', 'rollout', 'decide']) {
    it(`fails on an import of a cache, the API server's client or a file system from operator/${room}`, () => {
      const from = `operator/${room}/example.ts`;
      const isForbidden = (to: string, type: string) =>
        forbidden.some(
          (rule) =>
            matches(rule.from.path, from) &&
            (rule.to.path === undefined
              ? rule.to.dependencyTypes?.includes(type)
              : matches(rule.to.path, to)) &&
            !matches(rule.to.pathNot, to),
        );
      assert.ok(isForbidden('operator/controller/cache.ts', 'local'));
      assert.ok(isForbidden('operator/cluster/client.ts', 'local'));
      assert.ok(isForbidden('fs', 'core'));
      assert.ok(!isForbidden('operator/api/names.ts', 'local') || room === 'api');
    });
  }
});

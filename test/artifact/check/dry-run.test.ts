import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { compile } from '../../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../../operator/artifact/compiler/job.ts';
import { dryRun } from '../../../operator/artifact/check/dry-run.ts';
import { filterModule } from '../../support/filter-module.ts';

/** A module of our own, with what each proxy-wasm module has. */
async function moduleOf(configure: string): Promise<Uint8Array> {
  const index = `
    @external('env', 'proxy_log') declare function log(level: u32, at: usize, size: u32): u32;
    export function proxy_abi_version_0_2_1(): void {}
    export function proxy_on_memory_allocate(size: u32): usize { return heap.alloc(size); }
    function say(level: u32, words: string): void {
      const bytes = String.UTF8.encode(words);
      log(level, changetype<usize>(bytes), bytes.byteLength);
    }
    function shout(words: string): void { say(4, words); }
    export function proxy_on_configure(root: u32, size: u32): u32 { ${configure} }`;
  return compile(await userJob({ 'index.ts': index }, { optimize: 0, debug: false }));
}

const folder = new URL('../../golden/render/', import.meta.url);

describe('dry run of a configuration', () => {
  let filter: Uint8Array;

  before(async () => {
    filter = await readFile(await filterModule());
  });

  describe('of the bundled filter', () => {
    const accepted = [...renderedConfigurations()];

    it('finds configurations in the reviewed resources', () => {
      // Three cases render nothing.
      assert.ok(accepted.length >= casesOfOwnFilter().length - 3, `only ${accepted.length}`);
    });

    for (const [name, configuration] of accepted) {
      it(`takes what is rendered for ${name}`, async () => {
        assert.deepEqual(await dryRun({ bytes: filter, configuration }), { ok: true });
      });
    }

    const rule = (path: object) => ({ version: 1, capture: { rules: [{}, { path }] } });
    const refused: [name: string, configuration: unknown, complaint: string][] = [
      ['an open group', rule({ regex: '(' }), 'capture.rules[1].path.regex: "(" at 1: missing )'],
      [
        'an open class',
        rule({ regex: 'a[b' }),
        'capture.rules[1].path.regex: "a[b" at 3: bad character class',
      ],
      [
        'a quantifier of nothing',
        rule({ regex: '*' }),
        'capture.rules[1].path.regex: "*" at 0: nothing to repeat',
      ],
      [
        'a back-reference',
        { version: 1, capture: { exempt: [{ host: { regex: '(a)\\1' } }] } },
        'capture.exempt[0].host.regex: "(a)\\1" at 5: unknown escape (back-references and \\b are not supported)',
      ],
      ['an unknown key', { version: 1, captur: {} }, 'captur: unknown key'],
      [
        'two matchers in one',
        rule({ exact: '/a', prefix: '/b' }),
        'capture.rules[1].path.prefix: expected exactly one of "exact", "prefix", "glob" and "regex"',
      ],
      [
        'a time-out of nothing',
        { version: 1, backend: { timeoutMs: 0 } },
        'backend.timeoutMs: expected a whole number in range',
      ],
    ];

    for (const [name, configuration, complaint] of refused) {
      it(`refuses ${name}, with text and position`, async () => {
        const verdict = await dryRun({ bytes: filter, configuration: JSON.stringify(configuration) });
        assert.deepEqual(verdict, {
          ok: false,
          message: `SP configuration refused: ${complaint}`,
          retryable: false,
        });
      });
    }
  });

  it('ends a module that configures without end', async () => {
    const bytes = await moduleOf('while (true) {} return 1;');
    const verdict = await dryRun({ bytes, configuration: '{}' }, 1);
    assert.deepEqual(verdict, {
      ok: false,
      message: 'its configuration takes more than 1 s',
      retryable: true,
    });
  });

  it('reports a trap, and what was logged before it', async () => {
    const bytes = await moduleOf("say(2, 'fine'); shout('bad\\nmore'); unreachable(); return 1;");
    const verdict = await dryRun({ bytes, configuration: '{}' });
    assert.deepEqual(verdict, { ok: false, message: 'it trapped: unreachable; bad', retryable: false });
  });

  it('prefers an error to a warning, and keeps a message short', async () => {
    const bytes = await moduleOf("say(3, 'a warning'); shout('é'.repeat(2000)); return 0;");
    const verdict = await dryRun({ bytes, configuration: '{}' });
    assert.ok(!verdict.ok);
    assert.match(verdict.message, /^é+…$/);
    assert.ok(Buffer.byteLength(verdict.message) <= 1024);
  });

  it('says so when a module refuses without a word', async () => {
    const verdict = await dryRun({ bytes: await moduleOf('return 0;'), configuration: '{}' });
    assert.deepEqual(verdict, { ok: false, message: 'it does not say why', retryable: false });
  });
});

/** A custom filter's configuration is not for the bundled filter. */
function casesOfOwnFilter(): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith('custom-filter-'));
}

/** Every plug-in configuration of the reviewed resources, as a proxy gets it. */
function* renderedConfigurations(): Generator<[name: string, configuration: string]> {
  for (const name of casesOfOwnFilter()) {
    const resources = loadAll(readFileSync(new URL(`${name}/out.yaml`, folder), 'utf8')) as Rendered[];
    for (const { metadata, spec } of resources) {
      const patches = spec?.configPatches ?? [];
      const inFilter = patches.map(({ patch }) => patch.value.typed_config?.value.config.configuration.value);
      const inPlugin = [spec?.pluginConfig, spec?.wasm?.pluginConfig].map(
        (config) => config && JSON.stringify(config),
      );
      for (const configuration of [...inPlugin, ...inFilter]) {
        if (configuration !== undefined) yield [`${name}: ${metadata?.name}`, configuration];
      }
    }
  }
}

/** What a rendered resource may have, as far as it is looked at. */
interface Rendered {
  readonly metadata?: { readonly name: string };
  readonly spec?: {
    readonly pluginConfig?: object;
    readonly wasm?: { readonly pluginConfig: object };
    readonly configPatches?: readonly {
      readonly patch: {
        readonly value: {
          readonly typed_config?: {
            readonly value: { readonly config: { readonly configuration: { readonly value: string } } };
          };
        };
      };
    }[];
  };
}

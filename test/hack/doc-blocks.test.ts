import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import { parseAgent } from '../../operator/api/parse.ts';
import { minimalSpec } from '../support/agent.ts';
import { blocksOf, pages, root, textOf, type Block } from '../support/doc-blocks.ts';

const blocks = pages.flatMap(blocksOf);
const of = (language: string) => blocks.filter((block) => block.language === language);
const placesOf = (found: readonly Block[]) => found.map(({ place }) => place);

/** Commands run and sources compile; pictures and output are `text`. */
const languages = ['bash', 'yaml', 'ts', 'text', 'mermaid'];
/** What a line of commands begins with. */
const command =
  /^(\$ )?(\w+=\$?\(?\S* )*(spagent|kubectl|helm|istioctl|npm|npx|node|git|docker|curl|make|cosign|oras) /m;
/** After an empty line, four blanks begin a block without a language. */
const indented = /\n\n {4}\S.*/g;

/** A part of a spec: `capture: …`, `rollout: …`. */
function isPartOfSpec(document: object): boolean {
  return (
    !('apiVersion' in document) &&
    ['capture', 'lookup', 'rollout', 'backend'].some((name) => name in document)
  );
}

function specOf(document: object): unknown {
  if ('kind' in document && document.kind === 'SpAgent' && 'spec' in document) return document.spec;
  return isPartOfSpec(document) ? { ...minimalSpec, ...document } : undefined;
}

describe('the code in the documentation:', () => {
  it('each block has a language that is known here, so that none escapes its test', () => {
    assert.deepEqual(placesOf(blocks.filter(({ language }) => !languages.includes(language))), []);
    const escaped = pages.flatMap((page) =>
      [
        ...textOf(page)
          .replaceAll(/^```[^]*?^```$/gm, '')
          .matchAll(indented),
      ].map(([line]) => `${page}: ${line}`),
    );
    assert.deepEqual(escaped, [], 'use a fence instead of four blanks');
  });

  it('commands are marked as bash', () => {
    assert.deepEqual(placesOf(of('text').filter(({ text }) => command.test(text))), []);
  });

  it('commands name the test that runs them, which takes them from the page, or say why not', () => {
    assert.deepEqual(
      placesOf(of('bash').filter(({ reason, runBy }) => reason === undefined && runBy === undefined)),
      [],
      'write <!-- run by test/x.test.ts --> or <!-- not run: reason --> before them',
    );
    for (const { place, runBy } of blocks.filter((block) => block.runBy !== undefined)) {
      const test = readFileSync(join(root, runBy ?? ''), 'utf8');
      const page = place.replace(/:.*/, '');
      assert.ok(
        test.includes('blocksRunBy(import.meta.filename') && test.includes(`'${page}'`),
        `${place}: ${runBy} does not take its blocks`,
      );
    }
  });

  it('the reasons for commands that are not run are given, and name tests that exist', () => {
    for (const { place, reason } of blocks.filter((block) => block.reason !== undefined)) {
      assert.notEqual(reason?.trim(), '', place);
      for (const [path] of reason?.matchAll(/\btest\/[\w/.-]*\w/g) ?? [])
        assert.ok(existsSync(join(root, path)), `${place}: ${path}`);
    }
  });

  for (const { place, text } of of('yaml')) {
    it(`the YAML of ${place} is valid, and an SpAgent or a part of its spec is one`, () => {
      for (const document of loadAll(text) as object[]) {
        const spec = specOf(document);
        if (spec === undefined) continue;
        const metadata = { namespace: 'shop', name: 'checkout', uid: '1', creationTimestamp: '' };
        const parsed = parseAgent({ metadata, spec });
        assert.ok('agent' in parsed, 'error' in parsed ? parsed.error : '');
      }
    });
  }

  for (const { place, text } of of('ts')) {
    it(`the source of ${place} compiles to a filter`, async () => {
      await inspectModule(await compile(await userJob({ 'index.ts': text }, { optimize: 0, debug: true })));
    });
  }
});

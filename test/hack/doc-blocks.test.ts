import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import { parseAgent } from '../../operator/api/parse.ts';
import { minimalSpec } from '../support/agent.ts';

const root = join(import.meta.dirname, '..', '..');

interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** Why it is not run, of the comment before it. */
  readonly reason: string | undefined;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found = text.matchAll(/(?:<!-- not run: ([^]*?) -->\n\n?)?^```(\S*)[^\n]*\n([^]*?)^```$/gm);
  return [...found].map(({ 1: reason, 2: language = '', 3: body = '', index }) => ({
    place: `${page}:${text.slice(0, index).split('\n').length}`,
    language,
    text: body,
    reason,
  }));
}

const blocks = globSync(['*.md', 'docs/*.md', 'filter/README.md'], { cwd: root }).sort().flatMap(blocksOf);
const of = (language: string) => blocks.filter((block) => block.language === language);
/** What a block of commands begins with. */
const programs = /^(\w+=\$?\(?\S* )*(spagent|kubectl|helm|istioctl|npm|npx|node|git|docker|curl|make)\b/;

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
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'doc-blocks-'));
    await cp(join(root, 'examples'), join(directory, 'examples'), { recursive: true });
    await mkdir(join(directory, 'bin'));
    const program = join(directory, 'bin', 'spagent');
    const cli = join(root, 'operator', 'cli', 'bin.mjs');
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
    await chmod(program, 0o755);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('commands are marked as bash, so that they are found here', () => {
    const unmarked = blocks.filter(({ language, text }) => language === '' && programs.test(text));
    assert.deepEqual(
      unmarked.map(({ place }) => place),
      [],
    );
  });

  it('commands that are not run say why in a comment before them: <!-- not run: reason -->', () => {
    assert.ok(
      of('bash').some(({ reason }) => reason === undefined),
      'none is run',
    );
    for (const { place, reason } of of('bash')) assert.notEqual(reason?.trim(), '', place);
  });

  for (const { place, text } of of('bash').filter(({ reason }) => reason === undefined)) {
    it(`the commands of ${place} run`, async () => {
      const path = [join(directory, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
      const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
        cwd: directory,
        env: { ...process.env, PATH: path, KUBECONFIG: '/nowhere' },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => void (output += chunk));
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0, output);
    });
  }

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

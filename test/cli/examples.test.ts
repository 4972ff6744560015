import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { basename, join } from 'node:path';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import { spagent } from '../support/cli.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples');
const files = globSync(join(folder, '*.yaml')).sort();

describe('the examples', () => {
  it('are ten', () => assert.equal(files.length, 10));

  for (const file of files) {
    it(`${basename(file)} renders`, async () => {
      const { code, note } = await spagent('render', '-f', file, '-n', 'shop', '--digest', 'a'.repeat(64));
      assert.equal(code, 0, note);
    });
  }

  it('custom-filter.yaml holds a source that compiles to a filter', async () => {
    const [configMap] = loadAll(readFileSync(join(folder, 'custom-filter.yaml'), 'utf8')) as [
      { data: Record<string, string> },
    ];
    const module = await compile(await userJob(configMap.data, { optimize: 0, debug: false }));
    assert.equal((await inspectModule(module)).reportsRevision, true);
  });
});

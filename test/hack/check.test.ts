import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassedSteps } from '../../hack/check/passed.ts';
import type { CheckStep } from '../../hack/check/steps.ts';

const step = (name: string, reads: readonly string[], command = 'tool'): CheckStep => ({
  name,
  command: [command],
  reads,
});

describe('checks that passed', () => {
  let cache: string;
  beforeEach(async () => (cache = await mkdtemp(join(tmpdir(), 'check-'))));
  afterEach(() => rm(cache, { recursive: true }));

  const load = (files: Readonly<Record<string, string>>) =>
    PassedSteps.load(cache, () => Promise.resolve(new Map(Object.entries(files))));

  it('are skipped until a file changes that they read', async () => {
    const filter = step('filter', ['filter/', 'asconfig.json']);
    (await load({ 'filter/a.ts': '1', 'operator/b.ts': '1' })).add(filter);
    assert.equal((await load({ 'filter/a.ts': '1', 'operator/b.ts': '2' })).has(filter), true);
    assert.equal((await load({ 'filter/a.ts': '2', 'operator/b.ts': '1' })).has(filter), false);
    assert.equal((await load({ 'filter/a.ts': '1', 'filter/new.ts': '1' })).has(filter), false);
    assert.equal((await load({ 'filter/a.ts': '1', 'asconfig.json': '1' })).has(filter), false);
  });

  it('run again with other packages, and with another command', async () => {
    (await load({ 'a.ts': '1' })).add(step('all', ['']));
    assert.equal((await load({ 'a.ts': '1' })).has(step('all', [''])), true);
    assert.equal((await load({ 'a.ts': '1', 'package-lock.json': '2' })).has(step('all', [''])), false);
    assert.equal((await load({ 'a.ts': '1' })).has(step('all', [''], 'other')), false);
  });

  it('are not remembered where git cannot list the files', async () => {
    const unknown = await PassedSteps.load(cache, () => Promise.resolve(undefined));
    unknown.add(step('all', ['']));
    assert.equal(unknown.has(step('all', [''])), false);
  });
});

import assert from 'node:assert/strict';
import { unusedModules } from '../../operator/controller/artifact-sweep.ts';

const now = Date.parse('2026-01-02T12:00:00Z');
const module = (digest: string, createdAt: string) => ({
  digest,
  sizeBytes: 1,
  reportsRevision: false,
  createdAt,
  sourceKeys: [],
  isWhole: true,
});

describe('artifact sweep', () => {
  it('finds modules that nothing names, and spares those that are named or new', () => {
    const modules = [
      module('named', '2026-01-01T00:00:00Z'),
      module('unnamed', '2026-01-01T00:00:00Z'),
      module('new', '2026-01-02T11:30:00Z'),
    ];
    const digests = unusedModules(modules, new Set(['named']), now).map(({ digest }) => digest);
    assert.deepEqual(digests, ['unnamed']);
  });
});

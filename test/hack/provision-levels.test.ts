import assert from 'node:assert/strict';
import { provisionLevels } from '../../hack/provision-levels.ts';

describe('the tools of test levels', () => {
  it('are there for the first level while those of the second are made, which begin after it', async () => {
    const begun: string[] = [];
    const second = Promise.withResolvers<void>();
    const ready = provisionLevels(['unit', 'cluster', 'mesh'], async (level) => {
      begun.push(level);
      if (level === 'cluster') await second.promise;
    });
    await ready.get('unit');
    await Promise.resolve();
    assert.deepEqual(begun, ['unit', 'cluster']);
    second.resolve();
    await ready.get('mesh');
    assert.deepEqual(begun, ['unit', 'cluster', 'mesh']);
  });

  it('that are missing fail their own level, and no later one', async () => {
    const ready = provisionLevels(['filter', 'cluster'], async (level) => {
      if (level === 'filter') throw new Error('no Envoy');
    });
    await ready.get('cluster');
    await assert.rejects(ready.get('filter') ?? Promise.resolve(), /no Envoy/);
  });
});

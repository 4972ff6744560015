import assert from 'node:assert/strict';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startWorld } from '../support/operator.ts';

describe('operator: configuration', () => {
  it('refuses what the filter would refuse, keeps the previous revision, and continues when it is repaired', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout', { filter: undefined });
    await eventually(
      'a built filter',
      async () => (await world.status('checkout')).filter !== undefined,
      150_000,
    );
    await world.condition('checkout', 'Ready', { status: 'True' });
    const plugins = async () =>
      (await world.list('EnvoyFilter')).map(({ metadata, spec }) => ({
        name: metadata.name,
        spec: spec as unknown,
      }));
    const templateLabels = async () =>
      (await world.get('Deployment', 'checkout')).spec.template.metadata.labels as unknown;
    const before = { plugins: await plugins(), labels: await templateLabels() };

    await world.patch('SpAgent', 'checkout', { spec: { capture: { rules: [{ path: { regex: '(' } }] } } });
    const message = `SpAgent ${world.namespace}/checkout: the filter refuses its configuration: spec.capture.rules[0].path.regex: "(" at 1: missing )`;
    for (const [type, status] of [
      ['ResourcesApplied', 'False'],
      ['Degraded', 'True'],
      ['Ready', 'False'],
    ] as const) {
      await world.condition('checkout', type, { status, reason: 'ConfigRefused', message });
    }
    assert.deepEqual({ plugins: await plugins(), labels: await templateLabels() }, before);
    assert.equal((await world.list('SpAgentRevision')).length, 1);
    const posted = (await world.list('Event')).filter((event) => event['reason'] === 'ConfigRefused');
    assert.deepEqual(
      posted.map(({ type, note, series }) => ({ type, note, series }) as unknown),
      [{ type: 'Warning', note: message, series: undefined }],
    );

    await world.patch('SpAgent', 'checkout', { spec: { capture: { rules: [{ path: { regex: '(a)' } }] } } });
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.notDeepEqual(await templateLabels(), before.labels);
  });
});

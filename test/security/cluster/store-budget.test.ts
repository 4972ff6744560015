import assert from 'node:assert/strict';
import { moduleLabel, modulesOf, type ChunkMetadata } from '../../../operator/artifact/store/chunks.ts';
import { sharedCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { patience, startWorld, type World } from '../../support/operator.ts';

const namespaceBytes = 1000;
const agentCount = 12;

describe('a tenant that fills the store of modules', () => {
  let world: World;
  before(async () => {
    world = await startWorld(await sharedCluster(), {
      storeBudget: { totalBytes: 100 * namespaceBytes, namespaceBytes },
    });
  });
  after(() => world[Symbol.asyncDispose]());

  const stored = async () => {
    const chunks = await world.list('ConfigMap');
    return modulesOf(
      chunks
        .filter(({ metadata }) => moduleLabel in (metadata.labels ?? {}))
        .map(({ metadata }) => metadata as ChunkMetadata),
    );
  };
  const filterReady = async (name: string) =>
    (await world.status(name)).conditions?.find(({ type }) => type === 'FilterReady');
  const names = Array.from({ length: agentCount }, (_, index) => `agent-${index}`);

  it('is refused at its budget, in the condition and an event, and gets the space of what it deletes at once', async () => {
    for (const name of names) {
      const selector = { matchLabels: { app: name } };
      await world.createAgent(name, { selector, filter: world.moduleAt(`/ok-${name}`) });
    }
    const settled = async () => {
      const conditions = await Promise.all(names.map(filterReady));
      const isSettled = conditions.every(
        (one) => one?.status === 'True' || one?.reason === 'StoreBudgetExceeded',
      );
      return isSettled ? conditions : undefined;
    };
    const conditions = await eventually('every agent to be served or refused', settled, 2 * patience);
    const refused = names.filter((_, index) => conditions[index]?.status !== 'True');
    const served = names.filter((name) => !refused.includes(name));
    assert.ok(refused.length > 0 && served.length > 0, `${served.length} served, ${refused.length} refused`);
    const bytes = (await stored()).reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    assert.ok(bytes <= namespaceBytes, `${bytes} bytes are stored`);
    const message = conditions.find((one) => one?.status !== 'True')?.message ?? '';
    assert.match(message, /the modules of namespace .* would take .* MiB; .*--module-budget-namespace/);
    await eventually('an event', async () =>
      (await world.list('Event')).some(({ reason }) => reason === 'StoreBudgetExceeded'),
    );

    const [gone] = served;
    const digest = (await world.status(gone!)).filter?.digest;
    await world.remove('SpAgent', gone!);
    await eventually(
      'the module of a deleted agent to be deleted',
      async () => !(await stored()).some((module) => module.digest === digest),
    );
    await eventually(
      'a refused agent to be served',
      async () => {
        const now = await Promise.all(refused.map(filterReady));
        return now.some((one) => one?.status === 'True');
      },
      2 * patience,
    );
  });
});

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Revision } from '../../operator/api/revision.ts';
import { dryRun } from '../../operator/artifact/check/dry-run.ts';
import { ConfigValidator } from '../../operator/controller/config-validator.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';
import { filterModule } from '../support/filter-module.ts';

type Checked = Pick<Revision, 'id' | 'data'>;

describe('the check of configurations', () => {
  let bytes: Uint8Array;
  let digest: string;

  before(async () => {
    bytes = await readFile(await filterModule());
    digest = hash('sha256', bytes);
  });

  function revisionOf(name: string, spec: object = {}): Checked {
    const wanted = wantedRevision({
      agent: { ...agentOf({ ...minimalSpec, ...spec }), name },
      artifact: { ...artifact, digest },
      mesh: wholeMesh,
      publicKey: { state: 'NotWanted' },
      policy,
      redactionKey,
    });
    if ('reason' in wanted) throw new Error(wanted.message);
    return wanted;
  }

  /** @returns how often the filter was asked, and what each agent was answered. */
  async function check(revisions: Readonly<Record<string, Checked>>) {
    let asked = 0;
    const validator = new ConfigValidator(
      (wanted) => Promise.resolve(wanted === digest ? bytes : undefined),
      (input) => {
        asked += 1;
        return dryRun(input);
      },
    );
    const verdicts: string[] = [];
    for (const [name, revision] of Object.entries(revisions)) {
      const agent = { namespace: 'shop', name };
      await validator.check(agent, revision);
      verdicts.push(`${name} ${validator.verdictsOf(agent).get(revision.id)?.state}`);
    }
    return { asked, verdicts };
  }

  it('asks the filter once for all agents with the same settings', async () => {
    const two = { cart: revisionOf('cart'), checkout: revisionOf('checkout') };
    assert.notEqual(two.cart.id, two.checkout.id);
    assert.deepEqual(await check(two), { asked: 1, verdicts: ['cart Accepted', 'checkout Accepted'] });
  });

  it('asks it again for other settings', async () => {
    const two = { cart: revisionOf('cart'), checkout: revisionOf('checkout', { mode: 'Record' }) };
    assert.deepEqual(await check(two), { asked: 2, verdicts: ['cart Accepted', 'checkout Accepted'] });
  });

  it('asks it again for what it has refused, and for another module', async () => {
    const refused = (name: string): Checked => {
      const { id, data } = revisionOf(name);
      return { id, data: { ...data, pluginConfig: { ...data.pluginConfig, version: 2 } } };
    };
    const lost = { ...revisionOf('lost'), data: { ...revisionOf('lost').data, digest: '0'.repeat(64) } };
    assert.deepEqual(
      await check({ cart: refused('cart'), checkout: refused('checkout'), fine: revisionOf('fine'), lost }),
      {
        asked: 3,
        verdicts: ['cart Refused', 'checkout Refused', 'fine Accepted', 'lost Refused'],
      },
    );
  });
});

import assert from 'node:assert/strict';
import { lackingCapabilities } from '../../hack/node/prerequisites.ts';

const status = (capabilities: string) =>
  `Name:\tnode\nCapInh:\t0000000000000000\nCapEff:\t${capabilities}\nSeccomp:\t0\n`;

describe('prerequisites of a node', () => {
  it('lack nothing where root has all capabilities', () => {
    assert.deepEqual(lackingCapabilities(status('000001fffeffffff')), []);
  });

  it("name what root lacks in a container with Docker's default rights", () => {
    assert.deepEqual(lackingCapabilities(status('00000000a80425fb')), ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
  });

  it('lack all where nothing is known', () => {
    assert.deepEqual(lackingCapabilities(''), ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
  });
});

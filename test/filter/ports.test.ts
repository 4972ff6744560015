import assert from 'node:assert/strict';
import { freePorts } from '../../hack/cluster/free-ports.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';

const [port, otherPort] = await freePorts(2);
const on = (number: number | undefined) => ({
  address: { socket_address: { address: '127.0.0.1', port_value: number } },
});
const capture = { ports: [80, port] };

const listeners = {
  captured: { configuration: { agent: 'captured', capture }, fields: on(port) },
  other: { configuration: { agent: 'other', capture }, fields: on(otherPort) },
};

describeInEnvoy('Destination ports', { listeners }, (fixture) => {
  it('that are asked for are looked up and recorded, and no others', async () => {
    const { send, saved, lookups, metric } = fixture();
    const path = freshPath();
    const before = await metric('bypassed');
    for (const listener of ['other', 'captured']) {
      assert.equal((await send(listener, path)).body.toString(), 'upstream');
    }
    await saved(path);
    assert.equal(lookups(path).length, 1);
    assert.equal(await metric('bypassed'), before + 1);
  });
});

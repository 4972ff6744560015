import assert from 'node:assert/strict';
import { leaderClient } from '../../operator/cluster/leader-client.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const path = '/api/v1/namespaces/shop/configmaps';

describe('the client of a replica that may lose its lease', () => {
  it('sends no write while the replica does not lead, and reads all the time', async () => {
    await using server = await startScriptedServer((_, response) => void response.end('{}'));
    await using direct = await clientOf(server.port);
    let isLeader = false;
    const client = leaderClient(direct, () => isLeader);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const refused = { message: `${method} ${path} was not sent: this replica does not lead` };
      await assert.rejects(client.request({ method, path }), refused);
      await assert.rejects(client.json({ method, path }), refused);
    }
    await client.json({ path });
    await client.request({ path });
    isLeader = true;
    await client.json({ method: 'POST', path, body: {} });
    assert.deepEqual(
      server.arrivals.map(({ method }) => method),
      ['GET', 'GET', 'POST'],
    );
  });
});

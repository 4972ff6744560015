import type { ApiRequest, ClusterClient } from './client.ts';

/**
 * The same client for a replica that may lose its lease: what it wants to write after that is not sent. A process that was stopped,
 * and wakes up in the middle of its work, would otherwise write beside the next leader before it looks at its lease.
 */
export function leaderClient(client: ClusterClient, isLeader: () => boolean): ClusterClient {
  const check = ({ method = 'GET', path }: ApiRequest) => {
    if (method === 'GET' || isLeader()) return;
    throw new Error(`${method} ${path} was not sent: this replica does not lead`);
  };
  return {
    ...client,
    request: async (request) => {
      check(request);
      return client.request(request);
    },
    json: async (request) => {
      check(request);
      return client.json(request);
    },
  };
}

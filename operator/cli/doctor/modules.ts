import { ApiError } from '../../cluster/api-error.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { proxyPath } from '../../cluster/kinds.ts';
import type { Check } from './check.ts';

export const modules: Check = {
  code: 'SP006',
  name: 'Modules',
  async run(facts) {
    const agents = await facts.agents();
    const urls = [
      ...new Set(agents.map(({ status }) => status.filter?.url).filter((url) => url !== undefined)),
    ];
    if (urls.length === 0) return { state: 'Skipped', message: 'no agent has one yet' };
    for (const url of urls) {
      const problem = await problemOf(facts.client, url);
      if (problem !== undefined) {
        return {
          state: 'Bad',
          message: `${url}: ${problem}`,
          remedy:
            "proxies that start now run without the filter until it is served again: look at the operator's log",
        };
      }
    }
    return { state: 'Good', message: `${urls.length} served` };
  },
};

/** Asks the operator's Service through the API server, as this machine may not reach it. */
async function problemOf(client: ClusterClient, url: string): Promise<string | undefined> {
  const { hostname, port, pathname } = new URL(url);
  const [service, namespace, kind] = hostname.split('.');
  if (kind !== 'svc' || service === undefined || namespace === undefined) return undefined;
  const server = { kind: 'Service', namespace, name: service, port: Number(port || 80) } as const;
  try {
    const path = proxyPath(server, ...pathname.split('/').slice(1));
    const response = await client.request({ path, accept: '*/*' });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    // Of the API server: the user may not ask through it.
    if (error instanceof ApiError && error.code !== 403) return `HTTP status ${error.code}: ${error.message}`;
    throw error;
  }
}

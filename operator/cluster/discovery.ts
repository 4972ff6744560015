import { istioKindNames, istioKinds, type IstioKind } from '../api/istio-kinds.ts';
import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { groupPath } from './kinds.ts';

/** Which of Istio's kinds the API server serves now: one small request per API version. */
export async function discoverIstioKinds(client: ClusterClient): Promise<Set<IstioKind>> {
  const versions = [...new Set(istioKindNames.map((kind) => istioKinds[kind].apiVersion))];
  const served = await Promise.all(versions.map((version) => pluralsOf(client, version)));
  return new Set(
    istioKindNames.filter((kind) => {
      const { apiVersion, plural } = istioKinds[kind];
      return served[versions.indexOf(apiVersion)]?.has(plural);
    }),
  );
}

async function pluralsOf(client: ClusterClient, apiVersion: string): Promise<Set<string>> {
  try {
    const list = await client.json<{ resources?: { name: string }[] }>({ path: groupPath(apiVersion) });
    return new Set(list.resources?.map(({ name }) => name));
  } catch (error) {
    if (hasCode(error, 404)) return new Set();
    throw error;
  }
}

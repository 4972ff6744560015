import type { MeshKinds } from '../api/resource.ts';
import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { groupPath, istioKinds, kinds, type IstioKind } from './kinds.ts';

/** Which of Istio's kinds the API server serves now: one small request per API version. */
export async function discoverIstioKinds(client: ClusterClient): Promise<Set<IstioKind>> {
  const versions = [...new Set(istioKinds.map((kind) => kinds[kind].apiVersion))];
  const served = await Promise.all(versions.map((version) => pluralsOf(client, version)));
  return new Set(
    istioKinds.filter((kind) => served[versions.indexOf(kinds[kind].apiVersion)]?.has(kinds[kind].plural)),
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

export function meshKindsOf(present: ReadonlySet<IstioKind>): MeshKinds {
  return {
    wasmPlugin: present.has('WasmPlugin'),
    trafficExtension: present.has('TrafficExtension'),
    envoyFilter: present.has('EnvoyFilter'),
    serviceEntry: present.has('ServiceEntry'),
    destinationRule: present.has('DestinationRule'),
  };
}
